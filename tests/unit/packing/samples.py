"""A small good file of every layout, written by hand, as text lines; of Parquet the rows."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from tests.unit.packing.raw import CHAIN_HEADER, at


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of one layout: its name, the index it is of, its header (if any) and its rows, a line each."""

    name: str
    symbol: str
    header: str
    rows: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The header, if there is one, and the rows."""
        return [*([self.header] if self.header else []), *self.rows]

    def write(self, folder: Path, content: bytes | None = None) -> Path:
        """Write it, or other ``content`` under its name."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(self.lines) if content is None else content)
        return path


PRICE_CELL: Final[Mapping[str, int]] = {
    "nse_chain_csv": 5, "chain_5min_csv": 3, "index_1min_csv": 6, "kite_bars_csv": 4, "index_ticks_csv": 1,
    "spot_1s_csv": 1, "breeze_l5_csv": 2, "gdfl_tick_csv": 3, "gdfl_1min_csv": 6, "optionvault_csv": 4,
    "tickbytes_csv": 6, "truedata_csv": 2, "udiff_bhavcopy": 10, "legacy_bhavcopy": 8,
}  # fmt: skip
"""Where the traded price stands in a line."""


def text(lines: Sequence[str]) -> bytes:
    """Join lines as a file has them."""
    return "".join(f"{line}\n" for line in lines).encode()


def full_tick(second: int, price: float, volume: int) -> str:
    """Print a full tick of Kite as Python does."""
    when = f"2021-08-20T10:00:{second:02d}"
    depth = {"buy": [{"quantity": 25, "price": price - 1, "orders": 1}],
             "sell": [{"quantity": 50, "price": price + 1, "orders": 1}]}  # fmt: skip
    tick: dict[str, Any] = {"tradable": True, "last_price": price, "volume": volume, "last_trade_time": when,
                            "oi": 6375, "timestamp": when, "depth": depth}  # fmt: skip
    return str(tick)


def _chain(strike: int) -> str:
    return f"0,1000,-,9,-,{strike / 100},-,75,1.05,1.15,150,{strike},75,4.95,5.05,75,-,5,-,9,-,2000,11830.1"


SAMPLES: Final[Mapping[str, Sample]] = {
    "nse_chain_csv": Sample(
        "NIFTY/30MAY2019/NIFTY_20-05-2019_10:00.csv", "NIFTY", CHAIN_HEADER,
        tuple(_chain(strike) for strike in range(11500, 12000, 100)),
    ),
    "chain_5min_csv": Sample(
        "poll.csv", "NIFTY",
        "Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,Spot,%Change,timestamp,Max_Pain",
        tuple(f"NIFTY,2026-02-03,{k}.0,{k / 100},1300,130,7.0,2600,65,25010.0,0.1,2026-02-02 10:00:30,1"
              for k in range(24800, 25300, 100)),
    ),
    "index_1min_csv": Sample(
        "2019_MAY.txt", "NIFTY", "",
        tuple(f"NIFTY,20190520,09:{m},11650.5,1165{m % 10},11640,11651.{m}" for m in range(16, 22)),
    ),
    "kite_bars_csv": Sample(
        "NIFTY2161715600CE_minute.csv", "NIFTY",
        '"TIME","Open","High","Low","Close","VOLUME","SYMBOL","Date","TIME1"',
        tuple(f'"2021-06-11 09:{m}:00","{m}","{m + 2}","{m - 1}","{m + 1}","75","NIFTY2161715600CE","x","y"'
              for m in range(15, 21)),
    ),
    "index_ticks_csv": Sample(
        "Nifty_2021-06-11_.csv", "NIFTY", "timestamp,ltp,volume",
        tuple(f"2021-06-11 10:00:{s:02d},158{s:02d}.05,0" for s in range(6)),
    ),
    "spot_1s_csv": Sample(
        "2022-09-29.csv", "NIFTY", "", tuple(f"2022-09-29 10:00:{s:02d},168{s:02d}.05" for s in range(6))
    ),
    "kite_ticks_text": Sample(
        "BANKNIFTY21SEP35300CE_2021_08_20.txt", "BANKNIFTY", "",
        tuple(full_tick(s, 760.0 + s, 100 + 25 * s) for s in range(6, 0, -1)),
    ),
    "breeze_l5_csv": Sample(
        "ticks.csv", "BANKNIFTY",
        "Symbol,exchange_timestamp,last_price,volume_traded,open_interest,bid_price_1,bid_qty_1,bid_price_2,bid_qty_2,"
        "ask_price_1,ask_qty_1",
        tuple(f"CNXBAN,2025-11-17 12:07:{s}.652606,5890{s % 10}.4,{3300 + s},700,5890{s % 10},35,5891{s % 10},70,0.0,0"
              for s in range(11, 17)),
    ),
    "gdfl_tick_csv": Sample(
        "GFDLNFO_TICK_01072025.csv", "NIFTY",
        "Ticker,Date,Time,LTP,BuyPrice,BuyQty,SellPrice,SellQty,LTQ,OpenInterest",
        (
            "NIFTY03JUL2523000CE.NFO,01/07/2025,10:11:50,2551,2539.85,75,2603.55,975,150,34575",
            "NIFTY03JUL2523000CE.NFO,01/07/2025,10:11:52,2552,2539.85,75,2603.55,975,75,34575",
            "NIFTY-I.NFO,01/07/2025,10:11:53,25600,25599,75,25601,150,75,1000",
            "NIFTY 50.NSE_IDX,01/07/2025,10:11:54,25541.8,0,0,0,0,0,0",
            "NIFTY03JUL2526000PE.NFO,01/07/2025,10:11:55,450.5,450,75,451,75,75,500",
        ),
    ),
    "gdfl_1min_csv": Sample(
        "bars.csv", "BANKNIFTY", "Ticker,Date,Time,Open,High,Low,Close,Volume,OI,Type",
        tuple(f"BANKNIFTY29JUL2557000CE.NFO,2025-07-01,09:{m}:59,{m},{m + 2},{m - 1},{m + 1},70.0,140.0,CE"
              for m in range(15, 21)),
    ),
    "optionvault_csv": Sample(
        "NIFTY_OPT.csv", "NIFTY",
        "datetime,open,high,low,close,volume,oi,name,symbol,strike,expiry,contract_type,side",
        tuple(f"2026-07-17 09:{m}:00,{m},{m + 2},{m - 1},{m + 1},65,130,NIFTY,X,24000.0,2026-07-28,OPT,CE"
              for m in range(15, 21)),
    ),
    "tickbytes_csv": Sample(
        "NIFTY_OPT.csv", "NIFTY", "datetime,name,oi,expiry,strike,type,ltp,ltt,bid_px,bid_qty,ask_px,ask_qty,vtt",
        tuple(f"2026-08-03 10:52:{s}.196,NIFTY,130,2026-08-25,24500.0,CE,{s}5.5,1785734532000,{s}5,65,{s}6,65,{s}000"
              for s in range(11, 17)),
    ),
    "truedata_csv": Sample(
        "BANKNIFTY20030528500CE.csv", "BANKNIFTY", "",
        tuple(f"20200304,10:00:{s},7{s}.05,20,1{s}0" for s in range(11, 17)),
    ),
    "udiff_bhavcopy": Sample(
        "fo.csv", "NIFTY",
        "TradDt,FinInstrmTp,TckrSymb,XpryDt,StrkPric,OptnTp,OpnPric,HghPric,LwPric,ClsPric,LastPric,UndrlygPric,"
        "SttlmPric,OpnIntrst,TtlTradgVol,NewBrdLotQty",
        tuple(f"2026-02-02,IDO,NIFTY,2026-02-03,{k}.00,CE,5,9,4,8,8.5,25088.4,8,6500,12,65"
              for k in range(24800, 25300, 100)),
    ),
    "legacy_bhavcopy": Sample(
        "op14112025.csv", "NIFTY",
        "INSTRUMENT,SYMBOL    ,EXP_DATE  ,STR_PRICE,OPT_TYPE,OPEN_PRICE,HI_PRICE,LO_PRICE,CLOSE_PRICE,OPEN_INT*   ,"
        "TRD_QTY  ,NO_OF_CONT",
        tuple(f"OPTIDX    ,NIFTY     ,25/11/2025,000{k}.00,PE      ,0003.95,0005.20,0003.30,0003.50,000750,  150,002"
              for k in range(25000, 25500, 100)),
    ),
}  # fmt: skip
"""Every layout of text with a row a line."""

BARS: Final = [[minute, 80.5, 82, 79, 80 + minute, 25] for minute in range(6)]
"""Bars of the contract in :func:`snapshot`."""


def snapshot(bars: Sequence[object] = BARS) -> bytes:
    """Write a file of ``trademarkk_json``."""
    index = [[minute, 24440, 24450, 24430, 24440 + minute, 0] for minute in range(3)]
    contract = {"strike": 24400, "ot": "PE", "bars": list(bars)}
    day = {"base": 1721792700000, "expiry": "2024-07-25", "index": index, "contracts": [contract]}
    return json.dumps({"symbol": "NIFTY", "days": [day]}).encode()


def ticks() -> pl.DataFrame:
    """Rows of ``nfopslab``."""
    stamps = [at(f"2019-05-20 10:00:{second:02d}") for second in range(1, 7)]
    return pl.DataFrame(
        {"timestamp": stamps, "ts": stamps, "lastTradeTime": stamps, "price": [1270.0 + n for n in range(6)],
         "volume": [75 * (n + 1) for n in range(6)], "qty": [75] * 6, "oi": [480] * 6, "bp0": [1230.05] * 6,
         "bq0": [75] * 6, "sp0": [1290.0] * 6, "sq0": [75] * 6, "close": [1302.05] * 6}
    ).with_columns(pl.col("timestamp", "ts", "lastTradeTime").cast(pl.Datetime("us")))  # fmt: skip


def parquet(rows: pl.DataFrame) -> bytes:
    """Write rows as the bytes of a Parquet file."""
    stream = io.BytesIO()
    rows.write_parquet(stream)
    return stream.getvalue()


def legacy() -> Sample:
    """Say where a file of the old scripts lies; its content is :func:`legacy_rows`."""
    return Sample("options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet", "NIFTY", "", ())


def legacy_rows() -> pl.DataFrame:
    """Rows of ``packed_legacy``."""
    stamps = [at(f"2019-05-20 10:00:{second:02d}") for second in range(1, 7)]
    return pl.DataFrame({"timestamp": stamps, "close": [100.0 + n for n in range(6)], "vol_delta": [75] * 6})
