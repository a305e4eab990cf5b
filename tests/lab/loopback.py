"""What tests list so that servers on this machine may be called."""

from keepstep.core.egress import EgressSpec

ALLOWED = {"allow": ["127.0.0.1", "localhost", "::1"]}
LOOPBACK = EgressSpec.model_validate(ALLOWED)
