"""Planted bugs in statistics and in erasures that share a transaction."""

from tests.mutants.mutant import Mutant

_TOGETHER, _BATCH = (
    "chalicelib/privacy/usecases/finish_together.py",
    "chalicelib/intake/usecases/count_leads.py",
)
_ERASED = ("tests/privacy/test_finish_together.py",)
_COUNTED = ("tests/intake/test_process_new_leads.py",)

STATISTICS = (
    Mutant(
        "a fold removes a row that was written since it was read",
        "data-model",
        "chalicelib/aws/dynamodb/folding.py",
        '        condition: Condition = mark == item[MARK]["S"]',
        "        condition: Condition = mark.exists()",
        (
            "tests/reports/test_fold_statistics.py::test_data_model_what_is_counted_during_the_fold_is_not_lost",
        ),
    ),
    Mutant(
        "a report reads the first row of its last day only",
        "CAM-23",
        "chalicelib/aws/dynamodb/counters.py",
        "CounterRow.slot.between(first, last + _BEHIND)",
        "CounterRow.slot.between(first, last)",
        ("tests/aws/test_dynamodb_counters.py",),
    ),
    Mutant(
        "the blocks of leads in a batch are not looked at again",
        "PRI-17",
        "chalicelib/intake/usecases/process_new_leads.py",
        "    return [new for new in found if new.facts.lead_id not in blocked]",
        "    return [new for new in found if new.facts.lead_id or blocked]",
        _COUNTED,
    ),
    Mutant(
        "leads of two days are counted on one",
        "data-model",
        _BATCH,
        "(facts.campaign_id, utc_day(facts.received_at)), counted(facts).keys()",
        "(facts.campaign_id, utc_day(found[0].received_at)), counted(facts).keys()",
        _COUNTED,
    ),
    Mutant(
        "a failing lead keeps the others of its batch from being processed",
        "data-model",
        "chalicelib/intake/usecases/process_new_leads.py",
        '        observability.log_failure(error, function="after_intake")\n        return {}',
        "        raise",
        _COUNTED,
    ),
    Mutant(
        "leads that are erased together count as one",
        "RET-15",
        _TOGETHER,
        '{"erased": len(group)}',
        '{"erased": 1}',
        _ERASED,
    ),
    Mutant(
        "one receipt counts for all erasures of a transaction",
        "RET-15",
        "chalicelib/aws/dynamodb/batch.py",
        "return bool(own) and all(own)",
        "return any(own)",
        _ERASED,
    ),
    Mutant(
        "a lead is finished although it is still in the duplicate index",
        "RET-14",
        "chalicelib/privacy/usecases/leave_indexes.py",
        "gone = [outcome.item for outcome in left if outcome.error is None]",
        "gone = [outcome.item for outcome in left]",
        _ERASED,
    ),
    Mutant(
        "a lead that is counted late counts with its present reason",
        "CAM-26",
        "chalicelib/reports/domain.py",
        "(answer.price, answer.reason) if answer",
        "(answer.price, _reason_of(facts)) if answer",
        ("tests/campaigns/test_reconsider_lead.py",),
    ),
)
