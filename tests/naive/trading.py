"""SPEC 4 and 6: a position second by second, every rule asked in every second."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nfops.params import Value
from tests.naive.market_view import Contract, MarketView

TICK = 5
LIMITS = (
    "stop_pct", "stop_pts", "target_pct", "target_pts", "trail_pts", "trail_after_pts", "trail_pct", "trail_after_pct",
    "day_stop_pts", "day_target_pts",
)  # fmt: skip


class Fill(NamedTuple):
    """One executed order."""

    leg: int
    contract: Contract
    side: int
    decided: int
    second: int
    price: int
    age: int
    reason: str
    kind: str
    fallback: bool
    stale: bool


@dataclass
class Leg:
    """A leg and, once it is leaving, why and when."""

    number: int
    contract: Contract
    side: int
    paid: int = 0
    reason: str = ""
    decided: int = -1
    due: int = -1
    got: int | None = None


@dataclass
class Trail:
    """Best profit since the trail was armed."""

    fall: Fraction | None
    after: Fraction
    best: int | None = None

    def hit(self, mtm: int) -> bool:
        if self.best is None and mtm >= self.after:
            self.best = mtm
        if self.best is None:
            return False
        self.best = max(self.best, mtm)
        return self.fall is not None and mtm <= self.best - self.fall


@dataclass
class Position:
    """One position from its entry fill to the end of the day."""

    view: MarketView
    params: dict[str, Value]
    legs: list[Leg]
    decided: int
    opened: int
    base: int = 0
    limits: dict[str, Fraction | None] = field(default_factory=dict)
    trails: list[Trail] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def live(self) -> None:
        """Trade until the session ends."""
        final = self.view.seconds - 1
        self._enter()
        for second in range(self.opened, self.view.seconds):
            if self.view.trades(second):
                self._fill_due(second)
                if second == final:
                    self._leave(self.legs, "close", second)
                elif second > self.opened:
                    self._leg_rules(second)
                    self._fill_due(second)
                    self._position_rules(second)
                self._fill_due(second)
            self.marks.append(self._mtm(second))
            if all(leg.got is not None for leg in self.legs):
                return  # nothing can change any more

    def _enter(self) -> None:
        for leg in self.legs:
            fill = self._fill(leg, leg.side, self.decided, self.opened, "entry", "entry")
            leg.paid = fill.price
        self.base = abs(sum(leg.side * leg.paid for leg in self.legs))
        self.limits = {name: self._limit(name) for name in LIMITS}
        for unit in ("pts", "pct"):
            fall, after = self.limits[f"trail_{unit}"], self.limits[f"trail_after_{unit}"] or Fraction(0)
            # A trail without a threshold is armed from the entry, at a profit of nothing.
            self.trails.append(Trail(fall, after, best=0 if after == 0 else None))

    def _limit(self, name: str) -> Fraction | None:
        """A rule's limit in paise per unit, from rupees or from a share of the premium; None when it is off."""
        value = self.params[f"strategy.exit.{name}"]
        if value is None or (name.endswith("pct") and self.base == 0):
            return None
        return Fraction(str(value)) * (Fraction(self.base, 100) if name.endswith("pct") else 100)

    def _leg_rules(self, second: int) -> None:
        stop, target = (self.params[f"strategy.exit.leg_{name}_pct"] for name in ("stop", "target"))
        for leg in self.legs:
            if leg.reason:
                continue
            gained = leg.side * (self._last(leg, second) - leg.paid) * 100
            if stop is not None and gained <= -leg.paid * Fraction(str(stop)):
                everyone = self.params["strategy.exit.on_leg_stop"] == "all"
                self._leave(self.legs if everyone else [leg], "leg_stop", second)
            elif target is not None and gained >= leg.paid * Fraction(str(target)):
                self._leave([leg], "leg_target", second)

    def _position_rules(self, second: int) -> None:
        """The first rule that holds makes everyone leave."""
        mtm = self._mtm(second)
        on_trail = [trail.hit(mtm) for trail in self.trails]
        rules = {
            "stop": self._lost("stop_pct", mtm) or self._lost("stop_pts", mtm),
            "target": self._won("target_pct", mtm) or self._won("target_pts", mtm),
            "trail": any(on_trail),
            "time": self._is_time(second),
            "day_stop": self._lost("day_stop_pts", mtm),
            "day_target": self._won("day_target_pts", mtm),
        }
        for reason, holds in rules.items():
            if holds:
                self._leave(self.legs, reason, second)
                return

    def _lost(self, name: str, mtm: int) -> bool:
        return self.limits[name] is not None and mtm <= -self.limits[name]

    def _won(self, name: str, mtm: int) -> bool:
        return self.limits[name] is not None and mtm >= self.limits[name]

    def _is_time(self, second: int) -> bool:
        at, hold = self.params["strategy.exit.exit_at"], self.params["strategy.exit.hold_s"]
        if hold is not None and second >= self.opened + hold:
            return True
        # An exit before the open means the close.
        return at is not None and 0 <= grid_second(at, self.view) <= second

    def _leave(self, legs: list[Leg], reason: str, second: int) -> None:
        """Let those leave that are not leaving already."""
        final = self.view.seconds - 1
        for leg in legs:
            if not leg.reason:
                leg.reason, leg.decided = reason, second
                due = second if reason == "close" else min(second + self.params["fills.latency_s"], final)
                leg.due = self.view.next_trading(due)

    def _fill_due(self, second: int) -> None:
        for leg in self.legs:
            if leg.reason and leg.due == second and leg.got is None:
                leg.got = self._exit(leg, second).price

    def _exit(self, leg: Leg, second: int) -> Fill:
        settled_at = self.settlement()
        if leg.reason != "close" or settled_at is None or leg.contract.expiry != self.view.session.date:
            return self._fill(leg, -leg.side, leg.decided, second, leg.reason, "exit")
        strike = leg.contract.strike * 100
        worth = settled_at - strike if leg.contract.right == "CE" else strike - settled_at
        age = self.view.age(leg.contract, second)
        fill = Fill(leg.number, leg.contract, -leg.side, leg.decided, second, max(worth, 0), age, "settlement", "exit",
                    fallback=False, stale=False)  # fmt: skip
        self.fills.append(fill)
        return fill

    def settlement(self) -> int | None:
        """Mean of the known index over the last half hour, half-up; None when legs do not settle."""
        if not self.params["strategy.exit.settle"] or self.view.spot is None:
            return None
        known = [seen.price for seen in self.view.spot[-1_800:] if seen is not None]
        return (2 * sum(known) + len(known)) // (2 * len(known)) if known else None

    def _fill(self, leg: Leg, side: int, decided: int, second: int, reason: str, kind: str) -> Fill:
        known, age = self.view.known(leg.contract, second), self.view.age(leg.contract, second)
        max_age_s, quotes = self.params["fills.max_age_s"], self.params["fills"] == "quote"
        quote = (known.ask if side > 0 else known.bid) if quotes else None
        usable = quote is not None and second - quote.second <= max_age_s
        slip = self.params["fills.slippage_ticks"] * TICK
        price = quote.price if usable else max(TICK, known.last + side * slip)
        stale = kind == "exit" and age > max_age_s
        fill = Fill(leg.number, leg.contract, side, decided, second, price, age, reason, kind,
                    fallback=quotes and not usable, stale=stale)  # fmt: skip
        self.fills.append(fill)
        return fill

    def _last(self, leg: Leg, second: int) -> int:
        return self.view.known(leg.contract, second).last

    def _mtm(self, second: int) -> int:
        return sum(
            leg.side * ((self._last(leg, second) if leg.got is None else leg.got) - leg.paid) for leg in self.legs
        )


def grid_second(clock: str, view: MarketView) -> int:
    """Second of the grid of a time of day HH:MM[:SS]; it may lie outside."""
    hours, minutes, seconds = (*map(int, clock.split(":")), 0)[:3]
    return hours * 3600 + minutes * 60 + seconds - view.session.open
