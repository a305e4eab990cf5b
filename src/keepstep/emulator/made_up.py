"""Made-up people of an account that nobody keeps in step yet: for demonstrations."""

from keepstep.emulator.emulator import Emulator


def made_up_people(emulator: Emulator) -> None:
    """Let *emulator* hold somebody whom no directory knows, and somebody whose mail two people share."""
    emulator.define_attribute("Department")
    for first, last, mail in (
        ("Old", "Contractor", "contractor@partner.example"),
        ("Trainee", "Desk", "trainees@corp.example"),
    ):
        person = {"firstName": first, "lastName": last, "contactInformation": {"email": [{"address": mail}]}}
        emulator.create(person)
