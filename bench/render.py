"""A body with 8 macros, one lower and one of two parts, against a dict written by hand, and a template engine."""

from bench.harness import Meter, Options, Report, interleaved, ours

BODIES = 300_000
QUICK_BODIES = 3_000
LEAVES = {
    "externalId": "{{ objectGUID }}",
    "firstName": "{{ givenName }}",
    "lastName": "{{ sn }}",
    "email": "{{ mail | lower }}",
    "title": "{{ title }}",
    "department": "{{ department }}",
    "note": "{{ givenName }} {{ sn }}",
}
USER = {
    "objectGUID": ("6f1d1c3e-0000-4000-8000-000000000001",),
    "givenName": ('Ana "Zoë" \\ O\'Neill',),
    "sn": ("Horvat\nBabić",),
    "mail": ("Ana.Horvat@corp.example",),
    "title": ("Role 7",),
    "department": ("Sales",),
}


def by_hand(*, bodies: int) -> None:
    """Render by a dict that somebody wrote for exactly this body."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    user = USER
    with Meter() as meter:
        for _ in range(bodies):
            body = encode(
                {
                    "externalId": user["objectGUID"][0],
                    "firstName": user["givenName"][0],
                    "lastName": user["sn"][0],
                    "email": user["mail"][0].lower(),
                    "title": user["title"][0],
                    "department": user["department"][0],
                    "note": user["givenName"][0] + " " + user["sn"][0],
                }
            )
    meter.report(bytes=len(body))


def by_macros(*, bodies: int) -> None:
    """Render by macros that an administrator wrote, leaf by leaf."""
    import msgspec

    from keepstep.core.directory_schema import users_schema
    from keepstep.core.macro import Names, compile_macro

    encode = msgspec.json.Encoder().encode
    names = Names.of_schema(users_schema())
    leaves = [(name, compile_macro(text, names=names, place=name).render) for name, text in LEAVES.items()]
    with Meter() as meter:
        for _ in range(bodies):
            body = encode({name: render(USER)[0] for name, render in leaves})
    if msgspec.json.decode(body)["lastName"] != USER["sn"][0]:
        raise AssertionError("the body does not hold what was put in")
    meter.report(bytes=len(body))


def by_minijinja(*, bodies: int) -> None:
    """Render by minijinja, the peer that escapes values for JSON."""
    import json

    import minijinja

    environment = minijinja.Environment(fuel=50_000, undefined_behavior="strict")
    flat = {name: values[0] for name, values in USER.items()}
    fields = [f'"{name}": {text}' for name, text in LEAVES.items() if name != "note"]
    fields.append('"note": {{ givenName ~ " " ~ sn }}')
    environment.add_template("body.json", "{ " + ", ".join(fields) + " }")
    with Meter() as meter:
        for _ in range(bodies):
            body = environment.render_template("body.json", **flat)
    if json.loads(body)["lastName"] != USER["sn"][0]:
        raise AssertionError("the body does not hold what was put in")
    meter.report(bytes=len(body.encode()))


def run(options: Options) -> Report:
    """Measure it."""
    bodies = QUICK_BODIES if options.quick else BODIES
    cells = [
        ours("dict by hand", "render:by_hand", bodies=bodies),
        ours("8 macros", "render:by_macros", bodies=bodies),
        ours("peer: minijinja", "render:by_minijinja", bodies=bodies),
    ]
    return Report(
        title="Rendering a body of 8 macros", items=bodies, samples=interleaved(cells, options), columns=("bytes",)
    )
