"""The currencies of ISO 4217 that are money (no funds, metals or test codes), by their number of decimals. Pure."""

DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK "
    "DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER "
    "ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
BY_CODE = {code: decimals for decimals, codes in DECIMALS.items() for code in codes.split()}
KEPT = 2
"""The decimals that the core keeps: prices are integer hundredths."""


def decimals_of(currency: str) -> int:
    """Return how many decimals an amount in a currency may have."""
    return min(BY_CODE[currency], KEPT)


def check_currency(code: str) -> None:
    """Raise ValueError unless the code is a currency's."""
    if code not in BY_CODE:
        raise ValueError(f"{code!r} is no currency of ISO 4217, such as USD, EUR, PHP.")
