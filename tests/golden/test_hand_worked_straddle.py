"""A short straddle worked out by hand, second by second.

2024-01-03, NIFTY, lot 50, expiry 2024-01-04, strike 21,500. The index stands at 21,510, so 21,500 is at the money.

    second  CE       PE      what happens
    6300    100.00   90.00   11:00:00, decision to sell both
    6301    101.00   90.00   fill: CE sold at 101.00 - 0.05 = 100.95, PE at 90.00 - 0.05 = 89.95; premium 190.90
    6310    115.00   94.00   mark 100.95 - 115.00 + 89.95 - 94.00 = -18.10 > -19.09, which is 10 % of the premium
    6320    116.00   94.00   mark -19.10 <= -19.09: stop
    6321    117.00   95.00   fill: CE bought at 117.05, PE at 95.05
                             gross per unit 100.95 - 117.05 + 89.95 - 95.05 = -21.20; x 50 = -1,060.00

Charges of 2024-01-03 in paise (STT 0.0625 % of what is sold, exchange 0.05 %, SEBI 0.0001 %, IPFT 0.0005 %, stamp
0.003 % of what is bought, GST 18 % of brokerage, exchange, SEBI and IPFT; each rounded half-up per order):

    sold CE    turnover 504,750   brokerage 2000  STT 315.47 -> 315  exch 252.375 -> 252  SEBI 0.50475 -> 1
                                  IPFT 2.52375 -> 3  GST 0.18 x 2255.4035 = 405.97 -> 406
    sold PE    turnover 449,750   2000  281.09 -> 281  224.875 -> 225  0.44975 -> 0  2.24875 -> 2
                                  GST 0.18 x 2227.5735 = 400.96 -> 401
    bought CE  turnover 585,250   2000  292.625 -> 293  0.58525 -> 1  2.92625 -> 3  stamp 17.5575 -> 18
                                  GST 0.18 x 2296.1365 = 413.30 -> 413
    bought PE  turnover 475,250   2000  237.625 -> 238  0.47525 -> 0  2.37625 -> 2  stamp 14.2575 -> 14
                                  GST 0.18 x 2240.4765 = 403.29 -> 403
"""

from __future__ import annotations

from nfops.engine import run_day
from nfops.strategies import REGISTRY
from nfops.types import REASONS
from tests.days import day, facts

PRICES = {
    6290: (100.0, 90.0),
    6301: (101.0, 90.0),
    6310: (115.0, 94.0),
    6320: (116.0, 94.0),
    6321: (117.0, 95.0),
    22_400: (50.0, 50.0),
}
CHARGES = [
    [2000, 315, 252, 1, 3, 0, 406],
    [2000, 281, 225, 0, 2, 0, 401],
    [2000, 0, 293, 1, 3, 18, 413],
    [2000, 0, 238, 0, 2, 14, 403],
]


def test_the_straddle_comes_out_as_by_hand() -> None:
    rows = [(s, 21_500, right, pair[at]) for s, pair in PRICES.items() for at, right in enumerate(("CE", "PE"))]
    today = day(rows, [(0, 21_510.0), (6299, 21_510.0), (22_499, 21_510.0)])
    strategy = REGISTRY["short_straddle"]

    result = run_day(today, strategy, strategy.schema.grid({}).block(0, 1), facts())

    fills = result.fills
    assert fills["decision_s"].tolist() == [6300, 6300, 6320, 6320]
    assert fills["fill_s"].tolist() == [6301, 6301, 6321, 6321]
    assert fills["price_paise"].tolist() == [10_095, 8_995, 11_705, 9_505]
    assert fills["side"].tolist() == [-1, -1, 1, 1]
    assert [REASONS[reason] for reason in fills["reason"]] == ["entry", "entry", "stop", "stop"]
    assert result.charges.tolist() == CHARGES
    assert result.gross_paise.tolist() == [-106_000]
    assert result.cost_paise.tolist() == [sum(map(sum, CHARGES))]
    assert (result.worst_mtm_paise[0], result.best_mtm_paise[0]) == (-2_120, -10)


def test_no_price_exists_before_the_first_tick() -> None:
    today = day([(600, 21_500, "CE", 100.0), (700, 21_500, "PE", 90.0)], [(0, 21_500.0)])
    assert (today.arrays.last[0, :600] == -1).all()
    assert today.arrays.last[0, 600] == 10_000
    assert (today.arrays.last[1, :700] == -1).all()
