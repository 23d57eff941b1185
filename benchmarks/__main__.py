"""`make bench`: asks every question, or those that are named, and writes benchmarks/results.json.

python -m benchmarks [wire transaction ...]
"""

import sys
from collections.abc import Callable

from benchmarks import agent, alerting, drain, end_to_end, idle, start, transaction, wire, writes
from benchmarks.result import Results, line, write

QUESTIONS: dict[str, Callable[[], Results]] = {
    "wire": wire.measure,
    "transaction": transaction.measure,
    "end_to_end": end_to_end.measure,
    "agent": agent.measure,
    "writes": writes.measure,
    "start": start.measure,
    "idle": idle.measure,
    "drain": drain.measure,
    "alerting": alerting.measure,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(QUESTIONS)
    if unknown:
        print(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}", file=sys.stderr)
        return 2
    for name in names or QUESTIONS:
        results = QUESTIONS[name]()
        write(results)
        for key, result in results.items():
            print(line(key, result), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
