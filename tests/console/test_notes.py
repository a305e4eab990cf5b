"""Notes of the console: what went wrong, what is not allowed, what is shown once."""

import pytest

SHINE = """
one => {
  const shine = (color) => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).reduce((all, part) => all + part);
  };
  const style = getComputedStyle(one);
  return [style.backgroundColor, style.borderTopColor, getComputedStyle(document.body).backgroundColor].map(shine);
}
"""


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_a_note_stands_out_of_the_dark_page_as_a_tint_of_it(tab, world, who):
    """Of what went wrong (red), and of what one's roles do not allow (gray)."""
    tab.allow("403", "404")
    world.operator("otto", who)
    page = tab.sign_in("otto", to="/plans/0123456789ab" if who == "administrator" else "/settings/secrets")
    note = page.get_by_role("alert").first
    note.wait_for()
    tab.check_axe()
    tab.shoot(f"note-{who}")
    tab.scheme("dark")
    background, border, behind = note.evaluate(SHINE)
    assert behind < background < behind + 150  # lighter than the page, and no flood of colour
    assert border > background
