"""The languages that the service's models know, by BCP-47 tag, in the service's own case.

Where they come from, and what is assumed, is with the models (`asyncspeech.capabilities.models`).
"""

from __future__ import annotations

__all__ = (
    "AUTOMATIC_LANGUAGE",
    "CHIRP_2",
    "CHIRP_3",
    "CHIRP_3_DIARIZATION",
    "CHIRP_3_PREVIEW",
    "CHIRP_TELEPHONY",
    "CONFORMER",
    "MEDICAL",
    "TELEPHONY",
    "codes",
    "contains",
)

AUTOMATIC_LANGUAGE = "auto"
"""The language code that leaves it to the model to find the language."""


def codes(text: str) -> frozenset[str]:
    """The tags in a text."""
    return frozenset(text.split())


def contains(known: frozenset[str], code: str) -> bool:
    """Whether a tag is among others, in any case."""
    return code.lower() in {other.lower() for other in known}


CHIRP_3_GA = codes("""
    ca-ES cmn-Hans-CN da-DK de-DE el-GR en-AU en-GB en-IN en-US es-ES es-US fi-FI fr-CA fr-FR hi-IN hr-HR
    it-IT ja-JP ko-KR nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU sv-SE tr-TR uk-UA vi-VN
""")
CHIRP_3_PREVIEW = codes("""
    af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-MR ar-OM ar-PS ar-QA ar-SA
    ar-SY ar-TN ar-XA ar-YE as-IN ast-ES az-AZ bg-BG bn-BD bn-IN cmn-Hant-TW cs-CZ cy-GB en-PH es-419
    es-MX et-EE eu-ES fa-IR fil-PH gl-ES gu-IN ha-NG hu-HU hy-AM id-ID is-IS iw-IL jv-ID ka-GE kk-KZ
    km-KH kn-IN ky-KG lb-LU lo-LA lt-LT lv-LV mi-NZ mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM ne-NP
    no-NO nso-ZA or-IN pa-Guru-IN sk-SK sl-SI sq-AL sr-RS sw sw-KE ta-IN te-IN th-TH ur-PK uz-UZ wo-SN
    xh-ZA yo-NG yue-Hant-HK zu-ZA
""")
CHIRP_3_DIARIZATION = codes("""
    cmn-Hans-CN de-DE en-GB en-IN en-US es-ES es-US fr-CA fr-FR hi-IN it-IT ja-JP ko-KR pt-BR
""")
CONFORMER = codes("""
    af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-MR ar-OM ar-PS ar-QA ar-SA
    ar-TN ar-YE az-AZ bg-BG bn-BD ca-ES cmn-Hans-CN cmn-Hant-TW cs-CZ da-DK de-DE el-GR en-AU en-GB en-IN
    en-PH en-US es-CO es-ES es-MX es-US et-EE eu-ES fa-IR fi-FI fil-PH fr-CA fr-FR gl-ES gu-IN ha-NG
    hi-IN hu-HU hy-AM id-ID ig-NG is-IS it-IT iw-IL ja-JP jv-ID ka-GE kk-KZ km-KH kn-IN ko-KR lo-LA lt-LT
    lv-LV mk-MK ml-IN mn-MN mr-IN ms-MY my-MM ne-NP nl-NL no-NO nso-ZA pa-Guru-IN pl-PL pt-BR pt-PT ro-RO
    ru-RU rw-RW si-LK sk-SK sl-SI sq-AL sr-RS ss-Latn-ZA st-ZA su-ID sv-SE ta-IN te-IN th-TH tn-Latn-ZA
    tr-TR ts-ZA uk-UA ur-PK uz-UZ ve-ZA vi-VN xh-ZA yo-NG yue-Hant-HK zu-ZA
""")
TELEPHONY = CONFORMER - codes("cmn-Hans-CN cmn-Hant-TW yue-Hant-HK uk-UA")
CHIRP_TELEPHONY = codes("de-DE en-AU en-GB en-US es-ES es-US fr-CA fr-FR it-IT pt-BR")
CHIRP_3 = CHIRP_3_GA | CHIRP_3_PREVIEW
CHIRP_2 = CHIRP_3 | CONFORMER
MEDICAL = codes("en-US")
