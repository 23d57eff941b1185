"""The error objects of ThingSpeak's newer endpoints. Pure."""

import msgspec

from firmware_bridge.lan.http import JSON, Response

_ERRORS = {  # status: code, message
    400: ("error_bad_request", "Bad Request"),
    401: ("error_auth_required", "Authorization Required"),
    404: ("error_resource_not_found", "Resource Not Found"),
    405: ("error_method_invalid", "Method Invalid"),
    409: ("error_conflict", "Conflict"),
    413: ("error_request_too_large", "Request Too Large"),
    429: ("error_too_many_requests", "Too Many Requests"),
    503: ("error_service_unavailable", "Service Unavailable"),  # ours; ThingSpeak names none
}


def trouble(status: int, details: str) -> Response:
    code, message = _ERRORS[status]
    error = {"error_code": code, "message": message, "details": details}
    return Response(
        status=status,
        body=msgspec.json.encode({"status": str(status), "error": error}),
        content_type=JSON,
    )
