"""What the contract promises beyond what schemathesis checks by itself."""

import schemathesis
from hypothesis import strategies

ZONES = [
    "Europe/Berlin",
    "america/new_york",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "UTC",
    "Etc/GMT+12",
    "Pacific/Apia",
]
schemathesis.openapi.format("iana-time-zone", strategies.sampled_from(ZONES))

# Why a birth that the schema lets pass may have no chart: what no schema can say.
BEYOND_THE_SCHEMA = {
    "ambiguous_local_time",
    "nonexistent_local_time",
    "out_of_ephemeris_range",
    "house_system_undefined",
}


@schemathesis.check
def the_schema_lets_pass_what_the_service_reads(ctx, response, case):
    """Fails where the service refuses a field whose value the schema allows."""
    allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if allowed and response.status_code == 422:
        code = response.json()["code"]
        assert code in BEYOND_THE_SCHEMA, f"the schema allows what is refused as {code}"


@schemathesis.check
def every_answer_has_an_id_and_an_error_has_one_shape(ctx, response, case):
    """Fails where an answer cannot be found in the log, or an error is not read like the others."""
    assert "x-request-id" in response.headers, "there is no x-request-id"
    if response.status_code >= 400 and case.path != "/readyz":
        assert sorted(response.json()) == ["code", "details", "message"]
    if response.status_code == 503 and case.path != "/readyz":
        assert "retry-after" in response.headers, "there is no retry-after"
