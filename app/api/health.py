"""For operators: is it alive, is it ready, and what do its gauges say."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app import __version__
from app.api import schemas
from app.api.deps import Reads, no_parameters
from app.api.openapi import reads
from app.api.schemas import JSON
from app.domain.commitments import TIMELINESS
from app.domain.errors import Unavailable
from app.formats.document import encode

router = APIRouter(dependencies=[no_parameters])
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
FRESH = {"Cache-Control": "no-store"}


class Gauges:
    """What is counted while it runs, and what the register holds when it is asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "status")
        self.requests = Counter(
            "ouvertures_requests", "Answers by method and status.", labels, registry=self.registry
        )
        self.seconds = Histogram(
            "ouvertures_request_seconds", "How long answers took.", registry=self.registry
        )
        self.entries = Gauge(
            "ouvertures_entries",
            "Entries by kind and timeliness, on the day.",
            ("kind", "timeliness"),
            registry=self.registry,
        )
        self.position = Gauge(
            "ouvertures_position", "The last position of the ledger.", registry=self.registry
        )
        self.silence = Gauge(
            "ouvertures_days_since_last_claim",
            "Days since anything was recorded.",
            registry=self.registry,
        )

    def count(self, method: str, status: int, seconds: float) -> None:
        """One answer."""
        self.requests.labels(method, str(status)).inc()
        self.seconds.observe(seconds)


@router.get(
    "/health/live",
    operation_id="isLive",
    summary="Ask whether it is alive",
    tags=["health"],
    **reads({JSON: schemas.Live}, validated=False),
)
async def live() -> Response:
    """Whether the process answers at all; asks nothing of the database."""
    return _fresh({"status": "live", "version": __version__})


@router.get(
    "/health/ready",
    operation_id="isReady",
    summary="Ask whether it is ready",
    tags=["health"],
    **reads({JSON: schemas.Ready}, 503, validated=False),
)
def ready(register: Reads) -> Response:
    """Whether it can do its work: the database answers, with the tables of this version."""
    if not register.database.migrated():
        raise Unavailable("The database’s tables are not those of this version: migrate it.")
    head = register.tally().context.head
    document = {"status": "ready", "version": __version__, "engine": register.database.version()}
    return _fresh({**document, "position": head.position, "hash": head.hash})


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Read the gauges",
    tags=["health"],
    **reads({"text/plain": {"type": "string"}}, 503, validated=False),
)
def metrics(request: Request, register: Reads) -> Response:
    """Prometheus gauges: requests, and what the register holds today."""
    gauges: Gauges = request.app.state.gauges
    tally = register.tally()
    for kind, counts in tally.timeliness.items():
        for name in TIMELINESS:
            gauges.entries.labels(kind, name).set(counts.get(name, 0))
    gauges.position.set(tally.context.head.position)
    if tally.silence is not None:
        gauges.silence.set(tally.silence.days)
    return Response(generate_latest(gauges.registry), headers={**FRESH, "Content-Type": PROMETHEUS})


def _fresh(body: dict[str, object]) -> Response:
    return Response(encode(body), headers=FRESH, media_type="application/json")
