"""What a run pins when it begins: the template whole, with its sub-templates and the webhooks it fires."""

from collections.abc import Callable, Mapping
from hashlib import blake2b

from keepstep.core.block_text import BlockTexts
from keepstep.core.spec import Spec
from keepstep.core.template import (
    BlockSpec,
    DecisionBlock,
    EndBlock,
    SubTemplateBlock,
    TemplateSpec,
    WaitBlock,
    WebhookBlock,
    texts_of_block,
)
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import ConfigurationError

WebhookOf = Callable[[str], WebhookSpec]
"""Gives the webhook that is written `connection.webhook`; ConfigurationError if there is none."""


class TemplateVersion(Spec):
    """A template as a run began with it: no sub-templates any more, their blocks are called `outer/inner`."""

    name: str
    template: TemplateSpec
    webhooks: dict[str, WebhookSpec] = {}

    @property
    def digest(self) -> str:
        """The id of this version: the same for the same content."""
        return blake2b(self.text().encode(), digest_size=16).hexdigest()

    def text(self) -> str:
        """Return the version as JSON, which `model_validate_json` makes it again of."""
        return self.model_dump_json(by_alias=True, exclude_unset=True)

    def attributes(self, texts: BlockTexts) -> tuple[str, ...]:
        """Return the attributes of the subject that the conditions and texts of the blocks read, without webhooks'."""
        found: dict[str, None] = {}
        for name, block in self.template.blocks.items():
            for place, text in texts_of_block(block):
                label = ".".join(map(str, (name, *place)))
                found.update(dict.fromkeys(texts.attributes(text, label)))
        if self.template.cancelled_by:
            found.update(dict.fromkeys(texts.attributes(self.template.cancelled_by, "cancelled_by")))
        return tuple(found)


def version_of(name: str, templates: Mapping[str, TemplateSpec], webhook_of: WebhookOf) -> TemplateVersion:
    """Return the version of the template called *name*; ConfigurationError if it or what it names is not there."""
    template = inlined(name, templates)
    named: dict[str, None] = {}
    for block in template.blocks.values():
        if isinstance(block, WebhookBlock):
            named[block.webhook] = None
        elif isinstance(block, WaitBlock) and block.poll:
            named[block.poll] = None
    return TemplateVersion(name=name, template=template, webhooks={ref: webhook_of(ref) for ref in named})


def inlined(name: str, templates: Mapping[str, TemplateSpec], above: tuple[str, ...] = ()) -> TemplateSpec:
    """Return the template called *name* with the blocks of its sub-templates in it, called `block/inner`.

    ConfigurationError if it, or one in it, is not there or includes itself.
    """
    template = templates.get(name)
    if template is None:
        raise ConfigurationError(f'there is no template "{name}"', hint=f"templates: {', '.join(templates) or 'none'}")
    if name in above:
        chain = " → ".join((*above, name))
        raise ConfigurationError(f"template {name} includes itself: {chain}", hint="let a block lead back instead")
    blocks: dict[str, BlockSpec] = {}
    starts: dict[str, str] = {}
    for key, block in template.blocks.items():
        if not isinstance(block, SubTemplateBlock):
            blocks[key] = block
            continue
        inner = inlined(block.template, templates, (*above, name))
        starts[key] = f"{key}/{inner.start}"
        blocks |= {f"{key}/{one}": _within(spec, key, block) for one, spec in inner.blocks.items()}
    entered = {key: _entering(block, starts) for key, block in blocks.items()}
    return template.model_copy(update={"start": starts.get(template.start, template.start), "blocks": entered})


def _within(block: BlockSpec, outer: str, around: SubTemplateBlock) -> BlockSpec:
    """Return *block* of a sub-template, whose arrows stay in it, and whose ends are the arrows of the block around."""
    if isinstance(block, EndBlock):
        goal = around.next if block.end == "success" else around.on_failure
        always = {"title": block.title, "if": "{{ true }}"}
        return DecisionBlock.model_validate({**always, "then": goal}) if goal else block
    moved = {_field(word): f"{outer}/{goal}" for word, goal in block.arrows()}
    if isinstance(block, DecisionBlock):
        outward = {"then": around.next, "else_": around.next}
    else:
        outward = {"next": around.next, "on_failure": around.on_failure}
    return block.model_copy(update={**{word: goal for word, goal in outward.items() if goal}, **moved})


def _entering(block: BlockSpec, starts: Mapping[str, str]) -> BlockSpec:
    """Return *block* with the arrows that lead to a sub-template leading to its start."""
    moved = {_field(word): starts[goal] for word, goal in block.arrows() if goal in starts}
    return block.model_copy(update=moved) if moved else block


def _field(word: str) -> str:
    return "else_" if word == "else" else word
