"""What people ask a business about, in Spanish, English and Portuguese: a question in one language finds a page in
another. One topic a line; each word stands for all of its line."""

from functools import cache

from core.words import content_words, root

_TOPICS = """
ship ships shipping deliver delivery envio envios enviar envian mandan entrega entregan entregam frete flete
arrive arrives arrival llega llegan llegaria tarda tardan demora demoran chega chegam chegaria
warranty warranties guarantee garantia garantias
return returns refund refunds exchange devolucion devoluciones devolver reembolso cambio devolucao trocar troca
hours open opening schedule closed sunday horario abren abierto cierran abre atendem domingo
pay payment payments card transfer cash pago pagos pagar tarjeta efectivo pagamento pagamentos cartao
installments instalments parts parcelas parcelar mensualidades meses plazos
invoice invoices factura facturas facturacion facturar fiscal
discount discounts wholesale bulk descuento descuentos mayoreo volumen desconto descontos atacado
cancel cancellation unsubscribe cancelar cancelacion baja cancelamento
upload publish subir publicar
song songs track tracks cancion canciones musica faixa
release releases lanzamiento lanzamientos lancamento lancamentos
royalty royalties regalias
withdraw withdrawal withdrawals payout retirar retiro retiros sacar saque
hold held retention retenido retencion retido retencao
statement statements extrato estado
tracking track rastreo rastrear guia rastreio rastrear
address located location store shop direccion ubicacion sucursal tienda endereco loja localizacao
credit credito
install installation instalan instalacion instalar instalacao
subscription plan plans suscripcion plan planes assinatura plano planos
tax taxes impuesto impuestos fiscales imposto impostos
money dinero dinheiro plata lana
change edit correct cambiar cambios editar corregir alterar mudar
copyright claim claims reclamo reclamos derechos direitos
price prices cost costs precio precios preco precos
fit fits compatible compatibility queda sirve compativel serve
reserve layaway apartar apartados reservar reserva
pickup collect recoger retirada buscar
cut cutting corte cortan cortam medida
minimum minimo
artist artists artista artistas
included includes include incluye incluyen inclui
"""

# Words of asking that name no topic.
_ASKING = """
u guys urge urgente urgent asap rapido
what whats about are does did when where which who whom how many much long your yours you me it its that this with take
takes get gets got give gives let lets us we they them be been was were not if so just also hmm hm mmm uh um wait pls
que cual cuales como cuando donde quien cuanto tiempo hace hacen hago dan dar sobre saber si me nos mi mis ustedes
qual quais onde quando quem quanto tempo faz fazem faco sobre com em no na vc vcs meu minha esta estao
"""
ASKING = frozenset(_ASKING.split())


@cache
def _table() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in _TOPICS.strip().splitlines():
        roots = frozenset(root(word) for word in content_words(line, without=frozenset()))
        for word in roots:
            table[word] = table.get(word, frozenset()) | roots
    return table


def same_topic(word: str) -> frozenset[str]:
    """The roots of all words that stand for the same as this root, itself among them."""
    return _table().get(word, frozenset()) | {word}
