"""A question finds the page about it, from another language too; a place or small talk does not mislead it."""

from storage import knowledge
from storage.resources import Resources
from tests.storage.business import make_tenant

PAGE = """
# Envíos y tiempos de entrega
Enviamos a toda la República; llega en 2 a 4 días hábiles y cuesta $149 MXN.
keywords: mandan envío domicilio llega tarda costo

# Garantía
Las piezas tienen garantía de 6 meses. Se descompuso: tráela.
keywords: defectuosa falló se descompuso garantías

# Descuentos por volumen
Hay 5 % de descuento desde 10 piezas.
keywords: mayoreo rebaja descuento

# Cancelar la suscripción
Puedes cancelar en cualquier momento.
keywords: cancelar baja terminar

# Subir un lanzamiento
Sube el audio en WAV.
keywords: lanzamiento canción subir

# Instalación
No instalamos, pero tenemos talleres en Puebla y Toluca.
keywords: instalan montaje
"""


QUESTIONS = [
    ("do you ship to leon?", "Envíos"), ("vcs entregam em guadalajara?", "Envíos"),
    ("cuánto tarda el envío a puebla", "Envíos"), ("what about warranty", "Garantía"),
    ("do you give discounts for bulk", "Descuentos"), ("how do i cancel", "Cancelar"),
    ("how do i upload a song", "Subir"), ("do you install", "Instalación"),
]  # fmt: skip


async def test_the_page_about_a_question_comes_first(resources: Resources) -> None:
    await make_tenant(resources)
    async with resources.tenant_connection("acme") as connection:
        await knowledge.put(connection, "acme", "faq.md", PAGE, "es")
        for question, title in QUESTIONS:
            found = await knowledge.find(connection, "acme", question)
            assert found, question
            assert found[0].title.startswith(title), question
            assert found[0].score >= 0.3, question
        for small_talk in ("quién eres", "who won the world cup", "qué clima hace hoy", ""):
            assert await knowledge.find(connection, "acme", small_talk) == [], small_talk
