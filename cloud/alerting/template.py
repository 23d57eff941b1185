"""A rule to start from, with where its limit comes from. Knows no site and no gateway."""

from typing import Any

import msgspec

from protocol.rule import Kind, Rule, Rung, Scope, Severity


class Template(msgspec.Struct, frozen=True, kw_only=True):
    category: str
    source: str
    rule: Rule
    active: bool = True  # at first start: false where its limit is one of the site

    @property
    def id(self) -> str:
        return self.rule.id


def everywhere(key: str, name: str, metric: str, to_do: str, **rest: Any) -> Rule:
    """For every site that has such a metric."""
    return Rule(
        id=key, name=name, scope=Scope(metric=metric), to_do=to_do, **({"kind": Kind.THRESHOLD} | rest)
    )


def ladder(warning: float, critical: float) -> list[Rung]:
    return [Rung(warning, Severity.WARNING), Rung(critical, Severity.CRITICAL)]
