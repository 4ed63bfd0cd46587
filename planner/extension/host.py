"""Find plugins, ask them, and say which one is to blame when an answer is no answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import pluggy

from planner.domain.contribution import Contribution, Origin
from planner.errors import Fault, PluginError
from planner.extension import hookspecs

ENTRY_POINT_GROUP = hookspecs.PROJECT


@dataclass(frozen=True)
class Answers:
    """What all plugins answered to every hook, in the order of the plugins' names."""

    by_hook: dict[str, tuple[Contribution[Any], ...]]
    plugins: tuple[Origin, ...]


def gather(extra_plugins: Iterable[tuple[str, object]] = ()) -> Answers:
    """Load every installed plugin, ask every hook once and check what came back.

    `extra_plugins` are (name, module or object) pairs that are no installed distribution.

    Raises:
        PluginError: a plugin cannot be imported, has a misspelt hook, raised, or did not answer
            with an iterable.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    origins: dict[str, Origin] = {}
    for entry_point, distribution in _entry_points():
        origin = Origin(entry_point.name, distribution.metadata["Name"], distribution.version)
        _register(manager, origin, _load(entry_point, origin), origins)
    for name, plugin in extra_plugins:
        _register(manager, Origin(name), plugin, origins)
    return Answers(
        {name: _ask(manager, name, origins) for name in _hook_names()},
        tuple(origins[name] for name in sorted(origins)),
    )


def _hook_names() -> list[str]:
    return sorted(name for name in vars(hookspecs) if name.startswith("planner_"))


def _entry_points() -> list[tuple[EntryPoint, Distribution]]:
    found: dict[tuple[str, str], tuple[EntryPoint, Distribution]] = {}
    for distribution in distributions():
        for entry_point in distribution.entry_points.select(group=ENTRY_POINT_GROUP):
            # an editable checkout shows up a second time through its source folder
            found.setdefault(
                (distribution.metadata["Name"], entry_point.name), (entry_point, distribution)
            )
    return [found[key] for key in sorted(found)]


def _load(entry_point: EntryPoint, origin: Origin) -> object:
    try:
        plugin: object = entry_point.load()
    except Exception as error:
        rule = f"cannot be imported ({type(error).__name__}: {error})"
        raise PluginError((Fault(str(origin), rule, field=entry_point.value),)) from error
    return plugin


def _register(
    manager: pluggy.PluginManager, origin: Origin, plugin: object, origins: dict[str, Origin]
) -> None:
    if origin.plugin in origins:
        rule = f"the plugin name is taken by {origins[origin.plugin]}"
        raise PluginError((Fault(str(origin), rule),))
    misspelt = sorted(
        name
        for name in dir(plugin)
        if name.startswith("planner_")
        and callable(getattr(plugin, name))
        and name not in _hook_names()
    )
    if misspelt:
        rule = f"no such hook; there are {', '.join(_hook_names())}"
        raise PluginError(tuple(Fault(str(origin), rule, field=name) for name in misspelt))
    try:
        manager.register(plugin, origin.plugin)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError((Fault(str(origin), f"cannot be registered: {error}"),)) from error
    origins[origin.plugin] = origin


def _ask(
    manager: pluggy.PluginManager, hook_name: str, origins: dict[str, Origin]
) -> tuple[Contribution[Any], ...]:
    implementations = getattr(manager.hook, hook_name).get_hookimpls()
    answers: list[Contribution[Any]] = []
    for implementation in sorted(implementations, key=lambda each: each.plugin_name):
        origin = origins[implementation.plugin_name]
        try:
            records = tuple(implementation.function())
        except Exception as error:  # a stranger's hook may raise anything
            rule = f"raised {type(error).__name__}: {error}"
            raise PluginError((Fault(str(origin), rule, field=hook_name),)) from error
        answers.extend(Contribution(record, origin) for record in records)
    return tuple(answers)
