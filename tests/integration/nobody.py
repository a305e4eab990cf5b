"""Where nobody watches, nothing has to be noted."""


class Nobody:
    def note(self, writes):
        pass

    def withdraw(self, writes):
        pass
