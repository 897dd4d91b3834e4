"""Every word of the chat page in Spanish, English and Portuguese; a test holds the keys equal."""

LANGUAGES = ("es", "en", "pt")
LABELS: dict[str, dict[str, str]] = {
    "title": {"es": "Emulador", "en": "Emulator", "pt": "Emulador"},
    "lead": {
        "es": "Escribe como un cliente y mira cómo responde el sistema.",
        "en": "Write as a customer and watch the system answer.",
        "pt": "Escreva como um cliente e veja o sistema responder.",
    },
    "sandbox": {"es": "PRUEBAS", "en": "SANDBOX", "pt": "TESTES"},
    "tenant": {"es": "Empresa", "en": "Business", "pt": "Empresa"},
    "customers": {"es": "Clientes", "en": "Customers", "pt": "Clientes"},
    "other": {"es": "Otro cliente…", "en": "Another customer…", "pt": "Outro cliente…"},
    "channel": {"es": "Canal", "en": "Channel", "pt": "Canal"},
    "address": {"es": "Número o id", "en": "Number or id", "pt": "Número ou id"},
    "name": {"es": "Nombre", "en": "Name", "pt": "Nome"},
    "start": {"es": "Abrir chat", "en": "Open chat", "pt": "Abrir conversa"},
    "chat": {"es": "Chat", "en": "Chat", "pt": "Conversa"},
    "wire": {"es": "Tráfico", "en": "Traffic", "pt": "Tráfego"},
    "wire_lead": {
        "es": "Webhooks hacia el sistema y llamadas del sistema a los proveedores.",
        "en": "Webhooks to the system, and the system's calls to the providers.",
        "pt": "Webhooks para o sistema e chamadas do sistema aos provedores.",
    },
    "wire_empty": {
        "es": "Aquí aparece cada petición en cuanto escribas.",
        "en": "Every request shows up here as soon as you write.",
        "pt": "Cada requisição aparece aqui assim que você escrever.",
    },
    "all": {"es": "Todo", "en": "All", "pt": "Tudo"},
    "wipe": {"es": "Limpiar", "en": "Clear", "pt": "Limpar"},
    "write": {"es": "Escribe un mensaje", "en": "Write a message", "pt": "Escreva uma mensagem"},
    "send": {"es": "Enviar", "en": "Send", "pt": "Enviar"},
    "attach": {"es": "Adjuntar", "en": "Attach", "pt": "Anexar"},
    "image": {"es": "Imagen", "en": "Picture", "pt": "Imagem"},
    "file": {"es": "Archivo propio…", "en": "Your own file…", "pt": "Arquivo próprio…"},
    "document": {"es": "Documento PDF", "en": "PDF document", "pt": "Documento PDF"},
    "voice": {"es": "Nota de voz", "en": "Voice note", "pt": "Mensagem de voz"},
    "voice_says": {
        "es": "¿Qué dice la nota de voz?",
        "en": "What does the voice note say?",
        "pt": "O que diz a mensagem de voz?",
    },
    "location": {"es": "Ubicación", "en": "Location", "pt": "Localização"},
    "contact": {"es": "Contacto", "en": "Contact", "pt": "Contato"},
    "webhook": {"es": "El proveedor…", "en": "The provider…", "pt": "O provedor…"},
    "twice": {"es": "lo entrega 3 veces", "en": "delivers it 3 times", "pt": "entrega 3 vezes"},
    "late": {"es": "tarda 3 s", "en": "takes 3 s", "pt": "demora 3 s"},
    "lost": {
        "es": "pierde la próxima respuesta",
        "en": "loses the next answer",
        "pt": "perde a próxima resposta",
    },
    "busy": {
        "es": "responde 429 una vez",
        "en": "answers 429 once",
        "pt": "responde 429 uma vez",
    },
    "online": {"es": "en línea", "en": "online", "pt": "online"},
    "typing": {"es": "escribiendo…", "en": "typing…", "pt": "digitando…"},
    "today": {"es": "Hoy", "en": "Today", "pt": "Hoje"},
    "empty": {
        "es": "Aún no hay mensajes. Prueba una de estas frases:",
        "en": "No messages yet. Try one of these sentences:",
        "pt": "Ainda não há mensagens. Experimente uma destas frases:",
    },
    "template": {"es": "plantilla", "en": "template", "pt": "modelo"},
    "person": {"es": "persona", "en": "person", "pt": "pessoa"},
    "rejected": {
        "es": "El sistema rechazó el webhook",
        "en": "The system refused the webhook",
        "pt": "O sistema recusou o webhook",
    },
    "unreachable": {
        "es": "El sistema no contesta",
        "en": "The system does not answer",
        "pt": "O sistema não responde",
    },
    "nobody": {
        "es": "Ninguna cuenta registrada todavía. Inicia todo con «make up» y recarga.",
        "en": "No account is registered yet. Start everything with “make up” and reload.",
        "pt": "Nenhuma conta registrada ainda. Inicie tudo com “make up” e recarregue.",
    },
    "webhook_line": {"es": "webhook al sistema", "en": "webhook to the system", "pt": "webhook ao sistema"},
    "call_line": {"es": "llamada del sistema", "en": "call by the system", "pt": "chamada do sistema"},
    "attempt": {"es": "intento", "en": "attempt", "pt": "tentativa"},
    "request": {"es": "Petición", "en": "Request", "pt": "Requisição"},
    "answer": {"es": "Respuesta", "en": "Answer", "pt": "Resposta"},
    "theme": {"es": "Claro u oscuro", "en": "Light or dark", "pt": "Claro ou escuro"},
    "language": {"es": "Idioma", "en": "Language", "pt": "Idioma"},
    "skip": {"es": "Ir al chat", "en": "Skip to the chat", "pt": "Ir para a conversa"},
}  # fmt: skip
HINTS: dict[str, tuple[str, ...]] = {
    "es": ("Hola, ¿qué productos tienen?", "¿Cuánto debo?", "Quiero hablar con una persona"),
    "en": ("Hello, what do you sell?", "What do I owe?", "I want to talk to a person"),
    "pt": ("Olá, quais produtos vocês têm?", "Quanto eu devo?", "Quero falar com uma pessoa"),
}


def labels(language: str) -> dict[str, str]:
    """All words in one language."""
    return {key: words[language] for key, words in LABELS.items()}


def chosen(wanted: str, accepted: str) -> str:
    """The page's language: the one asked for, else the first of Accept-Language that we have, else Spanish."""
    if wanted in LANGUAGES:
        return wanted
    names = [part.split(";")[0].strip().lower()[:2] for part in accepted.split(",")]
    return next((name for name in names if name in LANGUAGES), "es")
