"""A day of one parameter set, second by second: entries (SPEC 4.3, 6, 7) and positions."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.choosing import Wish, contract_of, wishes
from tests.naive.filters import day_refusal, refusal
from tests.naive.holding import Leg
from tests.naive.market_view import Contract, MarketView
from tests.naive.refusing import fill_fault, reference_fault
from tests.naive.signals import ANCHORED, RULES, SCANNING, VOLUME, Scene, Signal, grid_second
from tests.naive.trading import Position


@dataclass
class Day:
    """The day of a trial; positions one after the other."""

    view: MarketView
    facts: DayFacts
    params: dict[str, Value]
    name: str
    skips: Counter[str] = field(default_factory=Counter)
    positions: list[Position] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[str, object] = field(default_factory=dict)
    made: int = 0
    over: bool = False
    used: set[int] = field(default_factory=set)
    earned: float = 0
    closed: int = 0
    """Positions that are closed for good, and what they earned."""

    def live(self) -> None:
        """Every second of the session; step numbers are those of SPEC 6."""
        most = self.params["strategy.max_entries"]
        one = self.name not in ANCHORED and self.name != "momentum_scalp"
        self.most = (1 if one else math.inf) if most is None else most
        if self.most == 0 or not self._may_trade():
            return
        final = self.view.seconds - 1
        for second in range(self.view.seconds):
            now = self.positions[-1] if self.positions and self.positions[-1].open else None
            if self.view.trades(second):
                if now and now.opened <= second:
                    self._step(now, second)
                if second < final:
                    self._day_limits(second)
                if now and not now.ended:
                    now.come_back(second)
                # What is open closes in the last second, and so does what is opened in it.
                self._close(second == final, second)
                self._enter(second)
                self._close(second == final, second)
            if self.positions and second >= self.positions[0].opened:
                self.marks.append(math.floor(self._total(second) + 1 / 2))

    def _close(self, last: bool, second: int) -> None:
        if last and self.positions and self.positions[-1].open:
            self.positions[-1].end("close", second)
            self.positions[-1].fill_due(second)

    def _may_trade(self) -> bool:
        """Count what keeps the whole day from trading."""
        if self.name in VOLUME and not self.params["data.allow_coarse"] and "tick" not in self.view.kinds:
            self.skips["coarse_data"] += 1
            return False
        refused = day_refusal(self.view, self.facts, self.params)
        if refused:
            self.skips[refused] += 1
            return False
        if self.name == "expiry_crush" and self.facts.expiry(self.params["strategy.expiry"]) != self.view.session.date:
            return False
        outside = [clock for clock in self._clocks() if not self.view.trades(grid_second(clock, self.view))]
        if outside:
            self.skips["outside_session"] += len(outside)
        return True

    def _clocks(self) -> list[str]:
        """Clocks of the entries."""
        if self.name in ANCHORED:
            return self.params["strategy.entry.anchors"]
        return [] if self.name in SCANNING else [self.params["strategy.entry.at"]]

    def _step(self, now: Position, second: int) -> None:
        if second == now.opened:
            now.start()
        else:
            now.fill_due(second)
            if second < self.view.seconds - 1:
                now.watch(second)

    def _total(self, second: int) -> float:
        """Profit of all positions of the day, per unit."""
        while self.closed < len(self.positions) and not self.positions[self.closed].open:
            self.earned += self.positions[self.closed].mtm(second)
            self.closed += 1
        return self.earned + sum(
            position.mtm(second) for position in self.positions[self.closed :] if position.opened <= second
        )

    def _day_limits(self, second: int) -> None:
        """Step 7, not in the second in which a position opens."""
        begun = next((position for position in reversed(self.positions) if position.opened <= second), None)
        if begun is None or begun.opened == second:
            return
        if begun.limits["day_stop_pts"] is None and begun.limits["day_target_pts"] is None:
            return
        total = self._total(second)
        for reason, holds in (
            ("day_stop", begun.lost("day_stop_pts", total)),
            ("day_target", begun.won("day_target_pts", total)),
        ):
            if holds:
                self.over = True
                begun.end(reason, second)
                begun.fill_due(second)
                return

    def _anchor(self, second: int) -> int | None:
        """The last anchor that came, if it is in the session and not used up."""
        anchors = [grid_second(clock, self.view) for clock in self._clocks()]
        come = max((anchor for anchor in anchors if anchor <= second), default=None)
        if come is None or come in self.used or not self.view.trades(come):
            return None
        return come

    def _enter(self, second: int) -> None:
        """Step 8: a new entry, if the rule wants one and nothing is open."""
        if self.over or self.made >= self.most or (self.positions and self.positions[-1].open):
            return
        anchor = None
        if self.name in ANCHORED:
            anchor = self._anchor(second)
            if anchor is None:
                return
        elif self.name not in SCANNING and second != grid_second(self.params["strategy.entry.at"], self.view):
            return
        scene = Scene(self.view, self.facts, self.params, anchor, self.memo)
        ref = self.view.reference(second, self.params["fills.max_age_s"])
        fault = reference_fault(ref, self.params)
        if self.name == "dispersion" and not fault:
            there = self.view.companion.reference(second, self.params["fills.max_age_s"])
            fault = reference_fault(there, self.params)
        if self.name not in SCANNING and fault:
            self._skip(fault, anchor)
            return
        signal = RULES[self.name](scene, second)
        if signal is None:
            return
        fault, legs = (fault, []) if fault else self._legs(signal, second, ref[0])
        if fault:
            self._skip(fault, anchor)
        else:
            self._open(legs, second, anchor)

    def _skip(self, fault: str, anchor: int | None) -> None:
        self.skips[fault] += 1
        self.made += self.name in SCANNING
        self.used.add(anchor)

    def _legs(self, signal: Signal, second: int, ref: int) -> tuple[str, list[Leg]]:
        """The first reason not to enter, or none and the legs."""
        if signal.early:
            return signal.skip, []
        wanted = wishes(self.name, self.params, signal.way, signal.contract)
        have: list[Contract | None] = []
        for wish in wanted:
            have.append(contract_of(self.view, self.facts, self.params, second, ref, wish, have))
            if have[-1] is None:
                return "no_contract", []
        own = signal.skip or refusal(Scene(self.view, self.facts, self.params), signal, second)
        if own:
            return own, []
        fault = fill_fault(self.view, self.params, have, second)
        if fault:
            return fault, []
        opens = self.view.next_trading(second + self.params["fills.latency_s"])
        return "", [self._leg(at, wish, have[at], second, opens, signal.share) for at, wish in enumerate(wanted)]

    def _leg(self, at: int, wish: Wish, contract: Contract, second: int, opens: int, share: float) -> Leg:
        lots = self.params["strategy.lots"]
        if wish.index:
            lots = max(1, math.floor(lots * share + 1 / 2))
        weight = lots * self.lot_size(contract) if self.name == "dispersion" else wish.ratio
        return Leg(at, wish, contract, second, opens, lots * wish.ratio, weight)

    def lot_size(self, contract: Contract) -> int:
        """Units in a lot; hedges are counted in units."""
        if contract.right in {"FUT", "SPOT"}:
            return 1
        return (self.view.companion_facts if contract.index else self.facts).lot_sizes[contract.expiry]

    def _open(self, legs: list[Leg], second: int, anchor: int | None) -> None:
        self.made += 1
        until = math.inf
        if anchor is not None:
            self.used.add(anchor)
            later = [grid_second(clock, self.view) for clock in self._clocks()]
            until = min((clock for clock in later if clock > anchor), default=math.inf)
        # Where a single option wants the index to go.
        way = legs[0].wish.side * (1 if legs[0].wish.right == "CE" else -1) if len(legs) == 1 else 0
        number, opened = len(self.positions), legs[0].opens
        in_money = self.name == "dispersion"
        position = Position(self.view, self.facts, self.params, number, legs, opened, way, until, self.skips, in_money)
        self.positions.append(position)
        if position.opened == second:
            position.start()
