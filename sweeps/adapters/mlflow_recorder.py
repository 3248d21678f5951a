"""placeholder"""


class MlflowRecorder:
    def __init__(self, p): ...
    def record(self, sweep):
        return "-"
