"""SPEC 4 and 6: a position second by second, every rule asked in every second."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.choosing import contract_of
from tests.naive.hedging import net_delta
from tests.naive.holding import Fill, Leg, Order, Trail
from tests.naive.market_view import Contract, MarketView
from tests.naive.refusing import fill_fault, reference_fault
from tests.naive.signals import exact, grid_second

TICK = 5
LIMITS = (
    "stop_pct", "stop_pts", "target_pct", "target_pts", "trail_pts", "trail_after_pts", "trail_pct", "trail_after_pct",
    "day_stop_pts", "day_target_pts",
)  # fmt: skip


@dataclass
class Position:
    """One position, asked once for each second from its entry fill on."""

    view: MarketView
    facts: DayFacts
    params: dict[str, Value]
    number: int
    legs: list[Leg]
    opened: int
    way: int = 0
    until: float = math.inf
    skips: Counter[str] = field(default_factory=Counter)
    in_money: bool = False
    base: int = 0
    limits: dict[str, Fraction | None] = field(default_factory=dict)
    trails: list[Trail] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    wrong: int = 0
    ended: bool = False
    orders: list[Order] = field(default_factory=list)
    hedged: int = 0
    cash: int = 0

    def rule(self, name: str) -> Value:
        return self.params[f"strategy.exit.{name}"]

    @property
    def units(self) -> int:
        """Lot size times lots of the position."""
        return self.facts.lot_sizes[self.facts.expiry(self.params["strategy.expiry"])] * self.params["strategy.lots"]

    @property
    def open(self) -> bool:
        return any(leg.phase != "out" for leg in self.legs)

    def start(self) -> None:
        """The second of the entry fill: everything opens, nothing is watched."""
        self.fill_due(self.opened)
        paid = [leg.wish.side * leg.paid * leg.weight for leg in self.legs]
        # Profits in money are measured by the premium of all legs.
        self.base = sum(map(abs, paid)) if self.in_money else abs(sum(paid))
        self.limits = {name: self._limit(name) for name in LIMITS}
        for unit in ("pts", "pct"):
            fall, after = self.limits[f"trail_{unit}"], self.limits[f"trail_after_{unit}"] or Fraction(0)
            # A trail without a threshold is armed from the entry, at a profit of nothing.
            self.trails.append(Trail(fall, after, best=Fraction(0) if after == 0 else None))

    def watch(self, second: int) -> None:
        """Steps 2 to 6 of a second after the entry."""
        self._leg_rules(second)
        self.fill_due(second)
        self._position_rules(second)
        self.fill_due(second)
        self._hedge(second)
        self.fill_due(second)

    def _limit(self, name: str) -> Fraction | None:
        """A rule's limit in paise per unit, from rupees or from a share of the premium; None when it is off."""
        value = self.rule(name)
        if value is None or (name.endswith("pct") and self.base == 0):
            return None
        return exact(value) * (Fraction(self.base, 100) if name.endswith("pct") else 100)

    def _leg_rules(self, second: int) -> None:
        stop, target = self.rule("leg_stop_pct"), self.rule("leg_target_pct")
        for leg in self.legs:
            if leg.phase != "in" or second <= leg.opens:
                continue
            gained = leg.wish.side * (self.last(leg, second) - leg.paid) * 100
            if stop is not None and gained <= -leg.paid * exact(stop):
                everyone = self.rule("on_leg_stop") == "all"
                self.leave(self.legs if everyone else [leg], "leg_stop", second)
            elif target is not None and gained >= leg.paid * exact(target):
                self.leave([leg], "leg_target", second)

    def _position_rules(self, second: int) -> None:
        """The first rule that holds makes everyone leave."""
        mtm = self.mtm(second)
        on_trail = [trail.hit(mtm) for trail in self.trails]
        signalled = self._signalled(second)
        if not any(leg.phase in {"in", "waiting", "ordered"} for leg in self.legs):
            return
        rules = {
            "stop": self.lost("stop_pct", mtm) or self.lost("stop_pts", mtm),
            "target": self.won("target_pct", mtm) or self.won("target_pts", mtm),
            "trail": any(on_trail),
            "signal": signalled,
            "time": self._is_time(second),
        }
        for reason, holds in rules.items():
            if holds:
                self.end(reason, second)
                return

    def end(self, reason: str, second: int) -> None:
        """Everyone leaves and nobody comes back."""
        self.ended = True
        self.leave(self.legs, reason, second)
        for leg in self.legs:
            if leg.phase == "waiting":
                leg.phase = "out"

    def lost(self, name: str, mtm: float) -> bool:
        return self.limits[name] is not None and mtm <= -self.limits[name]

    def won(self, name: str, mtm: float) -> bool:
        return self.limits[name] is not None and mtm >= self.limits[name]

    def _signalled(self, second: int) -> bool:
        """The index stood on the wrong side of where the entry met it for so many seconds running."""
        drop = self.rule("drop_s")
        then, now = (self.view.reference(at, self.params["fills.max_age_s"]) for at in (self.opened, second))
        if drop is None or self.way == 0 or then is None:
            return False
        self.wrong = self.wrong + 1 if now is not None and self.way * (now[0] - then[0]) < 0 else 0
        return self.wrong >= drop

    def _is_time(self, second: int) -> bool:
        at, hold = self.rule("exit_at"), self.rule("hold_s")
        if second >= self.until or (hold is not None and second >= self.opened + hold):
            return True
        # An exit before the open means the close.
        return at is not None and 0 <= grid_second(at, self.view) <= second

    def leave(self, legs: list[Leg], reason: str, second: int) -> None:
        """Let those leave that are held, or will be, and are not leaving already."""
        final = self.view.seconds - 1
        for leg in legs:
            if leg.phase in {"in", "ordered"} and not leg.reason:
                leg.reason, leg.decided = reason, second
                leg.phase = "leaving" if leg.phase == "in" else leg.phase
                due = second if reason == "close" else min(second + self.params["fills.latency_s"], final)
                leg.due = self.view.next_trading(due)

    def fill_due(self, second: int) -> None:
        for order in [order for order in self.orders if order.due == second]:
            self._trade_hedge(order.units, order.decided, second, "hedge")
            self.orders.remove(order)
        gone = None
        for leg in self.legs:
            if leg.phase == "ordered" and leg.opens == second:
                reason = "entry" if leg.first is None else "reentry"
                leg.paid = self._fill(leg, leg.wish.side, leg.asked, second, reason, "entry").price
                leg.first = leg.paid if leg.first is None else leg.first
                leg.phase = "leaving" if leg.reason else "in"
            if leg.phase == "leaving" and leg.due == second:
                gone = (leg.decided, leg.reason)
                self._close(leg, second)
        # The hedge leaves with the last leg.
        if gone and self.hedged and not any(leg.phase in {"in", "leaving"} for leg in self.legs):
            self._trade_hedge(-self.hedged, gone[0], second, gone[1])

    def _close(self, leg: Leg, second: int) -> None:
        fill = self._exit(leg, second)
        leg.banked += leg.wish.side * leg.weight * (fill.price - leg.paid)
        leg.left = second
        back = leg.reason == "leg_stop" and not self.ended and self.rule("reentry") != "none"
        leg.phase = "waiting" if back and leg.again < self.rule("max_reentries") else "out"
        leg.reason = ""

    def come_back(self, second: int) -> None:
        """Step 8: the re-entries of the legs that wait."""
        for leg in self.legs:
            if leg.phase != "waiting":
                continue
            contract = leg.contract
            if self.rule("reentry") == "cost":
                off = leg.wish.side * (leg.first - self.last(leg, second))
                if second <= leg.left or off > 0:
                    continue
            fault, contract = self._again(leg, second)
            if fault:
                self.skips[fault] += 1
                leg.phase = "out"
                continue
            leg.phase, leg.contract, leg.asked, leg.again = "ordered", contract, second, leg.again + 1
            leg.opens = self.view.next_trading(second + self.params["fills.latency_s"])
        self.fill_due(second)

    def _again(self, leg: Leg, second: int) -> tuple[str, Contract | None]:
        view = self.view.companion if leg.contract.index else self.view
        ref = view.reference(second, self.params["fills.max_age_s"])
        fault, contract = reference_fault(ref, self.params), leg.contract
        if fault:
            return fault, None
        if self.rule("reentry") == "asap":
            have = [other.contract for other in self.legs]
            contract = contract_of(self.view, self.facts, self.params, second, ref[0], leg.wish, have)
        return fill_fault(self.view, self.params, [contract], second), contract

    def _exit(self, leg: Leg, second: int) -> Fill:
        settled_at = self.settlement(leg.contract.index)
        if leg.reason != "close" or settled_at is None or leg.contract.expiry != self.view.session.date:
            return self._fill(leg, -leg.wish.side, leg.decided, second, leg.reason, "exit")
        strike = leg.contract.strike * 100
        worth = settled_at - strike if leg.contract.right == "CE" else strike - settled_at
        age = self.view.age(leg.contract, second)
        fill = Fill(self.number, leg.number, leg.contract, -leg.wish.side, leg.lots, leg.decided,
                    second, max(worth, 0), age, "settlement", "exit", fallback=False, stale=False)  # fmt: skip
        self.fills.append(fill)
        return fill

    def settlement(self, index: int) -> int | None:
        """Mean of a known index over the last half hour, half-up; None when legs do not settle."""
        view = self.view.companion if index else self.view
        if not self.rule("settle") or view.spot is None:
            return None
        known = [seen.price for seen in view.spot[-1_800:] if seen is not None]
        return (2 * sum(known) + len(known)) // (2 * len(known)) if known else None

    def _fill(self, leg: Leg, side: int, decided: int, second: int, reason: str, kind: str) -> Fill:
        return self._order(leg.number, leg.contract, side, leg.lots, decided, second, reason, kind)

    def _order(
        self, number: int, contract: Contract, side: int, lots: int, decided: int, second: int, reason: str, kind: str
    ) -> Fill:
        known = self.view.known(contract, second)
        age = second - known.traded
        max_age_s, quotes = self.params["fills.max_age_s"], self.params["fills"] == "quote"
        quote = (known.ask if side > 0 else known.bid) if quotes else None
        usable = quote is not None and second - quote.second <= max_age_s
        slip = self.params["fills.slippage_ticks"] * TICK
        price = quote.price if usable else max(TICK, known.last + side * slip)
        stale = kind == "exit" and age > max_age_s
        fill = Fill(self.number, number, contract, side, lots, decided, second, price, age, reason, kind,
                    fallback=quotes and not usable, stale=stale)  # fmt: skip
        self.fills.append(fill)
        return fill

    def _hedge(self, second: int) -> None:
        every = self.params.get("strategy.hedge.hedge_s")
        latency = self.params["fills.latency_s"]
        if every is None or (second - self.opened) % every or second + latency > self.view.seconds - 1:
            return
        if not any(leg.phase == "in" for leg in self.legs):
            return
        delta = net_delta(self, second)
        if delta is None or abs(delta) <= self.params["strategy.hedge.band"]:
            return
        instrument = self._instrument()
        if instrument is None or self.view.known(instrument, second).last is None:
            self.skips["no_hedge"] += 1
            return
        units = math.floor(-delta * self.units + 0.5)
        if units:
            self.orders.append(Order(units, second, self.view.next_trading(second + latency)))

    def _instrument(self) -> Contract | None:
        if self.view.future and self.view.known(self.view.future, self.view.seconds - 1).last is not None:
            return self.view.future
        return Contract(None, 0, "SPOT") if self.view.spot else None

    def _trade_hedge(self, units: int, decided: int, second: int, reason: str) -> None:
        side = 1 if units > 0 else -1
        fill = self._order(len(self.legs), self._instrument(), side, abs(units), decided, second, reason, "hedge")
        self.hedged += units
        self.cash -= units * fill.price

    def last(self, leg: Leg, second: int) -> int:
        return self.view.known(leg.contract, second).last

    def mtm(self, second: int) -> int | Fraction:
        """Profit in paise per unit; a hedge's may be a fraction of one."""
        total = 0
        for leg in self.legs:
            total += leg.banked
            if leg.phase in {"in", "leaving"}:
                total += leg.wish.side * leg.weight * (self.last(leg, second) - leg.paid)
        worth = self.cash
        if self.hedged:
            worth += self.hedged * self.view.known(self._instrument(), second).last
        return total + Fraction(worth, self.units) if worth else total
