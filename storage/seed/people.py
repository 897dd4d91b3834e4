"""Customers with an address on every channel, so that whoever writes from anywhere is somebody with data."""

from collections.abc import Iterator
from random import Random

from core.fold import fold
from storage.seed.shape import Person

_MEXICAN = (
    "María Hernández|Taller Hernández|José Luis Ramírez|Refaccionaria El Güero|Guadalupe Torres|Servicio Torres|"
    "Juan Carlos Flores|Frenos y Clutch Flores|Ana Sofía Martínez|Miguel Ángel Rojas|Taller Los Compadres|"
    "Verónica Castillo|Francisco Mendoza|Autoservicio Mendoza|Laura Jiménez|Ricardo Salinas|Mofles Salinas|"
    "Patricia Aguilar|Héctor Navarro|Suspensiones Navarro|Gabriela Ortiz|Raúl Domínguez|Transportes Domínguez|"
    "Claudia Espinoza|Sergio Cárdenas|Eléctrico Cárdenas|Rosa Elena Vega|Arturo Delgado|Taller Delgado|Mónica Ríos|"
    "Óscar Peña|Llantera Peña|Silvia Campos|Fernando Lara|Diésel Lara|Teresa Guzmán|Javier Contreras|"
    "Flotilla Contreras|Adriana Soto|Eduardo Luna|Luna Racing|Norma Valdez|Alejandro Cortés|Cortés Hermanos|"
    "Irma Sandoval|Roberto Ibarra|Ibarra Motors|Lucía Acosta|Daniel Figueroa|Clutch Figueroa|Beatriz Mejía|"
    "Jorge Zamora|Grúas Zamora|Karla Montes|Pedro Escobar|Escobar Autopartes|Yolanda Bravo|Manuel Serrano|"
    "Servicio Serrano|Diana Palacios"
)
MEXICAN = _MEXICAN.split("|")
_COLOMBIAN = (
    "Valentina Rojas|Los Del Patio|Juanes Cardona|La Niña Sur|Camilo Restrepo|Andrés Mosquera|Grupo Chirimía|"
    "Natalia Giraldo|DJ Páramo|Santiago Quiñones|Marea Baja|Laura Villamil|Orquesta Guaguancó Bogotá|Mateo Zapata|"
    "Luna de Barrio|Carolina Pineda|Trío Magdalena|Julián Bedoya|Selva Eléctrica|Daniela Ocampo|Ritmo Andén|"
    "Felipe Arango|Sonia Murillo|El Combo de la 45|Paula Echeverri|Nicolás Barrera|Tambor Hembra|Esteban Lozano|"
    "Sello Altiplano|Manuela Duque"
)
COLOMBIAN = _COLOMBIAN.split("|")
_BRAZILIAN = (
    "João Silva|Construtora Silva|Maria Aparecida Souza|Reformas Souza|Carlos Eduardo Lima|Lima Engenharia|"
    "Fernanda Oliveira|Marcenaria Oliveira|Paulo Henrique Costa|Elétrica Costa|Juliana Pereira|Rodrigo Almeida|"
    "Almeida Construções|Patrícia Gomes|Marcos Vinícius Rocha|Hidráulica Rocha|Aline Barbosa|Luiz Fernando Dias|"
    "Serralheria Dias|Camila Ribeiro|Antônio Carvalho|Depósito Carvalho|Renata Martins|Gustavo Araújo|Pinturas Araújo|"
    "Vanessa Monteiro|José Roberto Nunes|Nunes Materiais|Cristina Moraes|Fábio Teixeira|Teixeira Obras|Simone Freitas|"
    "Ricardo Cardoso|Cardoso Metais|Beatriz Correia|Leandro Pinto|Condomínio Pinheiros|Tatiane Moreira|Sérgio Batista|"
    "Oficina Batista"
)
BRAZILIAN = _BRAZILIAN.split("|")
_PREFIX = {1: "+52555500", 2: "+57300555", 3: "+55119555"}


def phone(tenant: int, at: int) -> str:
    """The phone of a customer: numbers that nobody has."""
    return f"{_PREFIX[tenant]}{1001 + at:04d}"


def telegram(tenant: int, at: int) -> str:
    """The Telegram id of a customer."""
    return str(700_000_000 + tenant * 10_000 + at + 1)


def instagram(tenant: int, at: int) -> str:
    """The Instagram-scoped id of a customer."""
    return str(17_841_400_000_000_000 + tenant * 10_000 + at + 1)


def email(tenant: int, name: str) -> str:
    """The mail address of a customer."""
    place = {1: "mx", 2: "co", 3: "br"}[tenant]
    return f"{'.'.join(fold(name).split())}@cliente.{place}.example"


def people(tenant: int, names: list[str], locale: str, seed: int) -> Iterator[Person]:
    """One person for each name."""
    random = Random(seed)
    for at, name in enumerate(names):
        yield Person(
            name=name,
            locale=locale,
            identities=(
                ("phone", phone(tenant, at)),
                ("telegram", telegram(tenant, at)),
                ("instagram", instagram(tenant, at)),
                ("email", email(tenant, name)),
                ("web", "-".join(fold(name).split())),
            ),
            profile={"since": f"{random.randint(2018, 2025)}-{random.randint(1, 12):02d}"},
        )
