"""Events of EventBridge: a function that fails is tried again, as AWS does.

EventBridge invokes a function asynchronously, and Lambda tries a failed one twice more with the same event. ministack
does so for invocations by request and for events of S3, but not for those of EventBridge, thus not for schedules. The
pauses are ministack's: seconds and not minutes.
"""

import importlib
import json
from typing import Any


def try_again_as_lambda(eventbridge: Any) -> None:
    """Make ministack's EventBridge invoke functions asynchronously, with Lambda's further tries."""
    functions: Any = importlib.import_module("ministack.services.lambda_svc")

    def dispatch(arn: str, payload: str) -> None:
        function, config, name = functions._get_func_record_for_ref(arn)  # noqa: SLF001
        if not function or not config:
            eventbridge.logger.warning("EventBridge → Lambda: function %s not found", name)
            return
        record = functions._execution_record_for_config(function, config)  # noqa: SLF001
        functions.invoke_async_with_retry(record, json.loads(payload))

    eventbridge._dispatch_to_lambda = dispatch  # noqa: SLF001
