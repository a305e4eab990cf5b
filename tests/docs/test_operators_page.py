"""The page about operators: its tables, its role, and its commands."""

import re
import shlex

from typer.main import get_command

from keepstep.cli.main import build
from keepstep.core.right import MEANINGS, Right
from keepstep.core.role import BUILT_IN, RoleSpec
from keepstep.core.sign_in import Delegation, OidcSpec, SignInSpec
from tests.docs.tables import keys_of, page, section, shell_lines, tables, yaml_blocks

PAGE = page("operators.md")


def described(heading: str, number: int = 0) -> dict[str, str]:
    return {row[0].strip("`"): row[1] for row in tables(section(PAGE, heading))[number]}


def test_every_right_and_every_role_is_described():
    assert described("Rights") == {str(right): MEANINGS[right] for right in Right}
    assert described("Roles") == {name: role.description for name, role in BUILT_IN.items()}


def test_every_key_is_described_with_what_holds_without_it():
    assert described("Roles", 1) == keys_of(RoleSpec)
    assert described("Signing in") == {key: default.lower() for key, default in keys_of(SignInSpec).items()}
    told = {key: default.strip("`") for key, default in described("An OpenID provider").items()}
    assert {key: default.lower() for key, default in told.items()} == {
        key: default.strip("`").lower() for key, default in keys_of(OidcSpec).items()
    }
    assert described("People of the directory") == {
        key: default.lower() for key, default in keys_of(Delegation).items()
    }


def test_every_command_is_described():
    commands = get_command(build()).commands
    for group in ("operator", "token"):
        assert re.findall(rf"^\| `{group} ([\w-]+)", PAGE, re.MULTILINE) == list(commands[group].commands)


def test_the_examples_can_be_done_in_this_order(company):
    roles, sign_in, members, oidc = yaml_blocks(PAGE)
    assert RoleSpec.model_validate(roles["roles"]["sales-desk"])
    assert SignInSpec.model_validate(sign_in["sign_in"])
    assert SignInSpec.model_validate(members["sign_in"])
    assert SignInSpec.model_validate(oidc["sign_in"])
    block = re.search(r"```yaml\n(roles:.*?)```", PAGE, re.DOTALL)[1].replace("templates: [hire]", "templates: []")
    company.configure(("rules:", f"{block}rules:"))
    for line in shell_lines(PAGE):
        company.run(*shlex.split(line)[1:])
    assert "sales-desk until 2027-03-31" in company.run("operator", "list").stdout
