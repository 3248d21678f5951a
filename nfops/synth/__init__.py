"""A market simulator that writes raw vendor files."""

from nfops.synth.simulate import SynthReport, synthesize

__all__ = ["SynthReport", "synthesize"]
