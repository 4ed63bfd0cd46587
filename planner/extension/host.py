"""Find plugins, ask them, and say which one is to blame when an answer is no answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, distributions
from inspect import getattr_static
from typing import Any, Final

import pluggy

from planner.domain.contribution import Contribution, Origin
from planner.errors import Fault, InputError, PluginError
from planner.extension import hookspecs

ENTRY_POINT_GROUP: Final = hookspecs.PROJECT
PREFIX: Final = f"{hookspecs.PROJECT}_"
"""Names of hooks begin with it."""


@dataclass(frozen=True)
class Answers:
    """What all plugins answered to every hook, in the order of the plugins' names."""

    by_hook: dict[str, tuple[Contribution[Any], ...]]
    plugins: tuple[Origin, ...]


def gather(extra_plugins: Iterable[tuple[str, object]] = ()) -> Answers:
    """Load every installed plugin, ask every hook once and check what came back.

    `extra_plugins` are (name, module or object) pairs that are no installed distribution.

    Raises:
        PluginError: a plugin cannot be imported, has no hook, or one that is misspelt or not
            marked, has the name of another, raised, or did not answer with an iterable.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    origins: dict[str, Origin] = {}
    for entry_point, origin in _entry_points():
        _register(manager, origin, _load(entry_point, origin), origins)
    for name, plugin in extra_plugins:
        _register(manager, Origin(name), plugin, origins)
    return Answers(
        {name: _ask(manager, name, origins) for name in _hook_names()},
        tuple(origins[name] for name in sorted(origins)),
    )


def _hook_names() -> list[str]:
    return sorted(name for name in vars(hookspecs) if name.startswith(PREFIX))


def _entry_points() -> list[tuple[EntryPoint, Origin]]:
    found: dict[tuple[str, str], tuple[EntryPoint, Origin]] = {}
    for distribution in distributions():
        # what uninstalling left behind has no name
        name, version = distribution.metadata["Name"] or "nameless", distribution.version or "?"
        for entry_point in distribution.entry_points.select(group=ENTRY_POINT_GROUP):
            # an editable checkout shows up a second time through its source folder
            origin = Origin(entry_point.name, name, version)
            found.setdefault((name, entry_point.name), (entry_point, origin))
    return [found[key] for key in sorted(found)]


def _load(entry_point: EntryPoint, origin: Origin) -> object:
    try:
        plugin: object = entry_point.load()
    except (Exception, SystemExit) as error:
        rule = f"cannot be imported ({_said(error)})"
        raise PluginError((Fault(str(origin), rule, field=entry_point.value),)) from error
    return plugin


def _register(
    manager: pluggy.PluginManager, origin: Origin, plugin: object, origins: dict[str, Origin]
) -> None:
    if not origin.plugin:
        raise PluginError((Fault("plugin without a name", "must have a name"),))
    if taken := origins.get(origin.plugin):
        raise PluginError((Fault(str(origin), f"the plugin name is taken by {taken}"),))
    if twin := manager.get_name(plugin):
        raise PluginError((Fault(str(origin), f"is registered already, as {origins[twin]}"),))
    try:
        faults = _hook_faults(manager, origin, plugin)
        if not faults:
            manager.register(plugin, origin.plugin)
    except Exception as error:  # a stranger's object may raise when it is looked at
        rule = f"cannot be registered ({_said(error)})"
        raise PluginError((Fault(str(origin), rule),)) from error
    if faults:
        raise PluginError(faults)
    origins[origin.plugin] = origin


def _hook_faults(
    manager: pluggy.PluginManager, origin: Origin, plugin: object
) -> tuple[Fault, ...]:
    """What was meant to be a hook, by its name or its mark, and is none."""
    known = _hook_names()
    hooks = {name: _mark(manager, plugin, name) for name in dir(plugin)}
    named = {name for name in hooks if name.startswith(PREFIX) and _is_function(plugin, name)}
    there_are = f"there are {', '.join(known)}"
    faults = [
        Fault(str(origin), f"no such hook; {there_are}", field=name)
        for name, hook in hooks.items()
        if (hook is not None or name in named) and (hook or name) not in known
    ]
    faults += [
        Fault(str(origin), "must be marked @hookimpl", field=name)
        for name in sorted(named & set(known))
        if hooks[name] is None
    ]
    if not faults and not any(hooks.values()):
        faults.append(Fault(str(origin), f"has no hook; {there_are}"))
    return tuple(faults)


def _is_function(plugin: object, name: str) -> bool:
    """Whether it could be called; looks at properties without running them."""
    value = getattr_static(plugin, name, None)
    return callable(value) or isinstance(value, classmethod | property)


def _mark(manager: pluggy.PluginManager, plugin: object, name: str) -> str | None:
    """The hook that a function is marked to implement; None: it has no mark."""
    options = manager.parse_hookimpl_opts(plugin, name)
    return (options.get("specname") or name) if options else None


def _ask(
    manager: pluggy.PluginManager, hook_name: str, origins: dict[str, Origin]
) -> tuple[Contribution[Any], ...]:
    implementations = getattr(manager.hook, hook_name).get_hookimpls()
    answers: list[Contribution[Any]] = []
    for implementation in sorted(implementations, key=lambda each: each.plugin_name):
        origin = origins[implementation.plugin_name]
        try:
            answer = implementation.function()
            is_iterable = isinstance(answer, Iterable)
            records = tuple(answer) if is_iterable else ()
        except InputError as error:  # from a file of the plugin
            faults = (replace(each, source=f"{origin}: {each.source}") for each in error.faults)
            raise PluginError(tuple(faults)) from error
        except (Exception, SystemExit) as error:  # a stranger's hook may raise anything
            rule = f"raised {_said(error)}"
            raise PluginError((Fault(str(origin), rule, field=hook_name),)) from error
        if not is_iterable:
            rule = f"must answer with an iterable of records, not {type(answer).__name__}"
            raise PluginError((Fault(str(origin), rule, field=hook_name),))
        answers.extend(Contribution(record, origin) for record in records)
    return tuple(answers)


def _said(error: BaseException) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
