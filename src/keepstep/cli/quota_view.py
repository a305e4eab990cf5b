"""The use of rate limits as a person reads it: one limit a row."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from keepstep.core.quota import Busiest, QuotaUse, RateShare

HEADINGS: Final = ("connection", "limit", "allows", "used at most", "last hour", "refused", "busiest")


def quota_row(use: "QuotaUse") -> tuple[str, ...]:
    """Return *use* as the cells below HEADINGS."""
    return (
        use.connection,
        use.limit or "(none known)",
        _allows(use.rate) if use.rate else "not known",
        f"{use.rate.share:.0%}" if use.rate else "",
        f"{use.calls:,}",
        f"{use.refused:,}",
        _busiest(use.busiest) if use.busiest else "no calls",
    )


def _allows(rate: "RateShare") -> str:
    return f"{rate.calls:,} in {rate.seconds:g} s"


def _busiest(found: "Busiest") -> str:
    share = "" if found.share is None else f"{found.share:.1%}, "
    allowed = "" if found.allowed is None else f" of {found.allowed:,.10g}"
    minutes = "1 minute" if found.minutes == 1 else f"{found.minutes:,} minutes"
    return f"{share}{found.calls:,}{allowed} in {minutes} from {found.since:%H:%M} UTC"
