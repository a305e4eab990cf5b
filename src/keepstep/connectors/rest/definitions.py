"""Labels and open attributes have to be known to the application before a person may carry them."""

from collections.abc import Iterable, Sequence

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.reading import Reader
from keepstep.core.application import DefinitionsSpec, LabelsSpec
from keepstep.core.field_path import parse_path
from keepstep.core.response import Meaning
from keepstep.core.schema import Syntax
from keepstep.core.values import Record
from keepstep.errors import ConnectionLost, WriteRefused


class Definitions:
    """The names that the application knows, read once; missing ones are created."""

    def __init__(self, caller: Caller, spec: DefinitionsSpec | LabelsSpec) -> None:
        self._caller = caller
        self._spec = spec
        self._known: dict[str, tuple[str, Syntax]] | None = None

    async def ensure(self, names: Iterable[str]) -> dict[str, str]:
        """Make every name known; return, for each that cannot be used, the reason."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        known = self._known if self._known is not None else await self._load()
        refused: dict[str, str] = {}
        for name in wanted:
            found = known.get(name.casefold())
            if found is None:
                if reason := await self._create(name):
                    refused[name] = reason
                else:
                    known[name.casefold()] = (name, Syntax.TEXT)
            elif found[0] != name and isinstance(self._spec, DefinitionsSpec):
                # Names are unique whatever their case, so it cannot be made; and it is read under its own spelling.
                refused[name] = f'"{name}" is spelled "{found[0]}" there: use that spelling'
            elif found[1] is Syntax.JSON:
                refused[name] = f'"{name}" is a list of objects there, which cannot be written'
        return refused

    def syntax(self, name: str) -> Syntax:
        """Return the data type that *name* is known with."""
        return (self._known or {}).get(name.casefold(), (name, Syntax.TEXT))[1]

    async def _load(self) -> dict[str, tuple[str, Syntax]]:
        reader = Reader(self._caller, self._spec.names, key="name")
        typed = isinstance(self._spec, DefinitionsSpec)
        columns = reader.columns(
            {"type": parse_path(self._spec.type)} if isinstance(self._spec, DefinitionsSpec) else {}
        )
        known: dict[str, tuple[str, Syntax]] = {}

        def keep(records: Sequence[Record]) -> None:
            for record in records:
                types = self._spec.types if isinstance(self._spec, DefinitionsSpec) else {}
                syntax = types.get(record.one("type"), Syntax.TEXT) if typed else Syntax.TEXT
                known[record.key.casefold()] = (record.key, syntax)

        try:
            await reader.read(columns, keep, proven=False)
        except WriteRefused:
            # Some accounts answer 404 to the list when nothing is defined (reference 3.6).
            known.clear()
        self._known = known
        return known

    async def _create(self, name: str) -> str:
        answer = await self._caller.write(self._spec.create, {"name": name})
        problem = self._caller.problem(answer)
        if problem is None or problem.meaning is Meaning.CONFLICT:
            return ""
        if problem.meaning is Meaning.RETRY:
            raise ConnectionLost(f"{self._caller.name}: a definition could not be created: {problem.say}")
        return f'"{name}" could not be defined: {problem.say}'
