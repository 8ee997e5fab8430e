"""What demo mode's people and its voice agree on."""

DEMO_HOST_HANDLE = "hana"
