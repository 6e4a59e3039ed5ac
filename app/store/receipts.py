"""What was answered to requests that may come twice, as rows."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from app.domain.references import Receipt
from app.store.tables import receipts


def find_receipt(connection: Connection, key: str, name: str) -> Receipt | None:
    """What was answered to the request that a key has given this name."""
    found = connection.execute(
        select(receipts).where(receipts.c.key == key, receipts.c.name == name)
    ).first()
    return Receipt(*found) if found else None


def add_receipt(connection: Connection, receipt: Receipt) -> None:
    """Keep what is answered."""
    connection.execute(
        insert(receipts).values(
            key=receipt.key,
            name=receipt.name,
            request=receipt.request,
            status=receipt.status,
            answer=receipt.answer,
            recorded_at=receipt.recorded_at,
        )
    )


def drop_receipts(connection: Connection, before: datetime) -> None:
    """Forget those that are older than that."""
    connection.execute(delete(receipts).where(receipts.c.recorded_at < before))
