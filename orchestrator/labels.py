"""What a message can be: the intents and languages that routing knows."""

INTENTS = (
    "greeting", "product_search", "purchase", "quotation", "pricing", "complaint", "return", "support", "order_status",
    "royalties_balance", "royalties_earnings", "withdrawal", "debt", "payment", "payment_promise", "dispute", "human",
    "opt_out", "thanks", "goodbye", "other",
)  # fmt: skip
LANGUAGES = ("es", "en", "pt")
