"""Settings from the environment; every name is in the README. Units are in the names."""

from functools import cached_property
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the process was told. Secrets are only read here and never logged."""

    model_config = SettingsConfigDict(env_prefix="ORKESTA_", extra="ignore", populate_by_name=True, env_file=None)

    home: Path = Path(".orkesta")
    host: str = "127.0.0.1"
    port: int = 8000
    tower_port: int = 8001
    emulator_port: int = 8002
    emulator_smtp_port: int = 0  # where the emulator takes the mail of sandbox tenants; 0: emulator_port + 23
    workers: int = 2
    api_processes: int = 1
    public_url: str = ""
    secret_key: str = ""
    environment: str = "development"  # "production": the secret key must be given
    log_format: str = "text"  # or "json"

    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    redis_url: str = Field("", validation_alias=AliasChoices("REDIS_URL", "redis_url"))

    groq_api_key: str = Field("", validation_alias=AliasChoices("GROQ_API_KEY", "groq_api_key"))
    groq_base_url: str = Field("", validation_alias=AliasChoices("GROQ_BASE_URL", "groq_base_url"))
    azure_openai_endpoint: str = Field(
        "", validation_alias=AliasChoices("AZURE_OPENAI_ENDPOINT", "azure_openai_endpoint")
    )
    azure_openai_key: str = Field("", validation_alias=AliasChoices("AZURE_OPENAI_KEY", "azure_openai_key"))
    azure_openai_deployment: str = Field(
        "", validation_alias=AliasChoices("AZURE_OPENAI_DEPLOYMENT", "azure_openai_deployment")
    )
    azure_openai_deployment_large: str = Field(
        "", validation_alias=AliasChoices("AZURE_OPENAI_DEPLOYMENT_LARGE", "azure_openai_deployment_large")
    )
    azure_openai_deployment_transcription: str = Field(
        "",
        validation_alias=AliasChoices(
            "AZURE_OPENAI_DEPLOYMENT_TRANSCRIPTION", "azure_openai_deployment_transcription"
        ),
    )
    azure_openai_deployment_embedding: str = Field(
        "", validation_alias=AliasChoices("AZURE_OPENAI_DEPLOYMENT_EMBEDDING", "azure_openai_deployment_embedding")
    )
    azure_openai_api_version: str = Field(
        "", validation_alias=AliasChoices("AZURE_OPENAI_API_VERSION", "azure_openai_api_version")
    )
    ollama_base_url: str = Field("", validation_alias=AliasChoices("OLLAMA_BASE_URL", "ollama_base_url"))
    ollama_model: str = Field("qwen3:8b", validation_alias=AliasChoices("OLLAMA_MODEL", "ollama_model"))
    llm_model_small: str = "openai/gpt-oss-20b"  # Groq's, for wording and routing
    llm_model_large: str = "openai/gpt-oss-120b"  # Groq's, for sales
    llm_model_transcription: str = "whisper-large-v3-turbo"  # Groq's, for voice notes
    llm_turn_deadline_seconds: float = Field(
        20.0, validation_alias=AliasChoices("LLM_TURN_DEADLINE_SECONDS", "llm_turn_deadline_seconds")
    )

    # US dollars per million tokens, in and out, of a model whose name begins so; per hour of speech: out is 0. The
    # tier's own name stands for all its models, `*` for what is not listed.
    llm_prices: dict[str, tuple[float, float]] = {
        "openai/gpt-oss-20b": (0.075, 0.30), "openai/gpt-oss-120b": (0.15, 0.60), "whisper": (0.04, 0.0),
        "gpt-4.1-mini": (0.40, 1.60), "gpt-4.1": (2.00, 8.00), "gpt-4o-mini": (0.15, 0.60), "gpt-4o": (2.50, 10.00),
        "ollama": (0.0, 0.0), "*": (1.00, 4.00),
    }  # fmt: skip
    llm_monthly_budget_usd: float = 50.0  # of a tenant that sets none; over it the offline tier answers alone

    # Catalogue search by meaning: Azure's deployment above, or any server of the OpenAI protocol, which comes first.
    embeddings_base_url: str = ""
    embeddings_api_key: str = ""
    embeddings_model: str = ""
    embeddings_dimensions: int = 512  # asked of the model; 0: what it gives by itself
    # A question that is not embedded by then is answered by its words alone.
    embeddings_query_ms: int = 300
    embeddings_least_similarity: float = 0.3  # of an item without a word of it

    webhook_body_limit_bytes: int = 4 * 1024 * 1024
    api_body_limit_bytes: int = 1024 * 1024
    lease_seconds: float = 5.0  # a killed worker's conversations are taken over after this long
    heartbeat_seconds: float = 1.0
    worker_dead_after_seconds: float = 4.0  # no heartbeat row for this long: its sends are of unknown outcome
    sweep_seconds: float = 1.0
    active_conversations: int = 256  # drained at once by one worker
    tenant_share: float = 0.75  # of those, at most this share for one tenant
    send_timeout_seconds: float = 10.0
    turn_attempts: int = 5  # then the message becomes a dead letter and a person takes over
    send_attempts: int = 16  # with the growing pauses between them a provider may be away for about 50 minutes
    waiting_notice_minutes: float = 10.0  # between two notices that a message is kept for the awaited person
    burst_pause_ms: int = 0  # wait so long for more messages before a turn starts, and answer them together

    @property
    def model_tiers(self) -> tuple[str, ...]:
        """The tiers that have what they need, first one first; the offline tier stands behind them all."""
        azure = self.azure_openai_endpoint and self.azure_openai_key and self.azure_openai_deployment
        has = {"groq": self.groq_api_key, "azure": azure, "ollama": self.ollama_base_url}
        return tuple(name for name, given in has.items() if given)

    @property
    def hearing_tiers(self) -> tuple[str, ...]:
        """Those of them that write speech down."""
        has = {"groq": self.llm_model_transcription, "azure": self.azure_openai_deployment_transcription}
        return tuple(name for name in self.model_tiers if has.get(name))

    @property
    def embedding_model(self) -> str:
        """What embeds the catalogue: a model, or Azure's deployment; empty when nothing does."""
        if self.embeddings_base_url and self.embeddings_model:
            return self.embeddings_model
        azure = self.azure_openai_endpoint and self.azure_openai_key
        return self.azure_openai_deployment_embedding if azure else ""

    @property
    def embedding_space(self) -> str:
        """That model and the size of its vectors: only vectors of one space are compared."""
        return f"{self.embedding_model}/{self.embeddings_dimensions or 'whole'}" if self.embedding_model else ""

    @property
    def sandbox_smtp_port(self) -> int:
        """The emulator's mail port."""
        return self.emulator_smtp_port or self.emulator_port + 23

    @cached_property
    def base_url(self) -> str:
        """The URL that providers call: the public one, or this machine's for a sandbox."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # `every address` cannot be called
        host = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
