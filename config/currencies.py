"""The currencies of ISO 4217, past and present, and how many decimals their minor units have."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.error_messages import CURRENCY_CODE


def _codes(written: str) -> frozenset[str]:
    return frozenset(written.split())


CURRENT = _codes(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF
    CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS
    VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA YER ZAR ZMW ZWG
    """
)
"""Those of today (list one), funds and metals among them, and XTS for tests."""
FORMER = _codes(
    """
    ADP AFA AON ATS AZM BEF BGL BGN BYB BYR CSD CUC CYP DEM EEK ESP FIM FRF GHC GRD GWP HRK IEP ITL LTL LUF LVL MGF MRO MTL
    MXP MZM NLG PTE ROL SDD SIT SKK SLL SRG STD TMM TRL USS VEB VEF XEU YUM ZMK ZWD ZWL ZWR ANG
    """
)
"""Those that ended (of list three, since 1995): extracts that reach back may still hold them."""
MINOR_UNITS = {
    **dict.fromkeys(_codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"), 0),
    **dict.fromkeys(_codes("BHD IQD JOD KWD LYD OMR TND"), 3),
    **dict.fromkeys(_codes("CLF UYW"), 4),
}
"""Decimals of a currency's minor unit where they are not two."""
USUAL_MINOR_UNITS = 2
"""Those of all other currencies."""


def validate_currency(code: str) -> str:
    """The code, if ISO 4217 has it; raises ValueError."""
    if code not in CURRENT | FORMER:
        raise ValueError(f"expected a currency of ISO 4217 such as EUR, found {code}; write the code of the currency")
    return code


Currency = Annotated[str, Field(pattern=CURRENCY_CODE), AfterValidator(validate_currency)]
"""A currency by its code, checked when a company's folder is read."""
