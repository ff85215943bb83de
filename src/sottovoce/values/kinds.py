"""The kinds of sensitive things in speech.

A kind is an id from our register of spoken entities: a category, what it is, and the placeholder
that stands for it in text.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sensitive thing: its id, a name for people, the placeholder's word."""

    id: str
    name: str
    label: str

    @property
    def category(self) -> str:
        return self.id.split(".")[0]

    @property
    def placeholder(self) -> str:
        return f"[{self.label}]"


_ROWS = (
    ("bio.voiceprint", "Voiceprint or speaker embedding", "VOICEPRINT"),
    ("bio.raw_voice", "Raw voice signal", "RAW-VOICE"),
    ("bio.passphrase", "Voice authentication passphrase", "PASSPHRASE"),
    ("bio.paralinguistic", "Emotion, stress or intoxication inference", "PARALINGUISTIC"),
    (
        "bio.accent_ethnicity",
        "Accent, ethnicity, sex, age inference from voice",
        "ACCENT-ETHNICITY",
    ),
    ("bio.voice_disorder", "Vocal biomarker of disease", "VOICE-DISORDER"),
    ("bio.other", "Mention of other biometrics", "OTHER"),
    ("bio.dtmf_side", "Background speaker or bystander", "BYSTANDER"),
    ("per.name", "Person name", "NAME"),
    ("per.address", "Postal address", "ADDRESS"),
    ("per.postcode", "ZIP or postal code", "POSTCODE"),
    ("per.dob", "Date of birth and other dates tied to a person", "DATE"),
    ("per.age", "Age", "AGE"),
    ("per.phone", "Telephone number", "PHONE"),
    ("per.fax", "Fax number", "FAX"),
    ("per.email", "Email address", "EMAIL"),
    ("per.ssn", "US Social Security number", "SSN"),
    ("per.itin", "US ITIN", "ITIN"),
    ("per.nino", "UK National Insurance number", "NINO"),
    ("per.aadhaar", "India Aadhaar", "AADHAAR"),
    ("per.in_pan", "India PAN (tax)", "IN-PAN"),
    ("per.es_dni", "Spain DNI or NIE", "ES-DNI"),
    ("per.fr_nir", "France NIR", "FR-NIR"),
    ("per.de_steuerid", "Germany tax ID", "DE-STEUERID"),
    ("per.nl_bsn", "Netherlands BSN", "NL-BSN"),
    ("per.it_cf", "Italy codice fiscale", "IT-CF"),
    ("per.pt_nif", "Portugal NIF", "PT-NIF"),
    ("per.br_cpf", "Brazil CPF", "BR-CPF"),
    ("per.ca_sin", "Canada SIN", "CA-SIN"),
    ("per.dl", "Driver licence", "LICENCE"),
    ("per.passport", "Passport number", "PASSPORT"),
    ("per.immigration", "Immigration or citizenship status", "IMMIGRATION"),
    ("per.vin", "Vehicle VIN", "VIN"),
    ("per.plate", "Licence plate", "PLATE"),
    ("per.device", "Device identifier", "DEVICE"),
    ("per.url", "Personal URL or handle", "URL"),
    ("per.ip", "IP address", "IP"),
    ("per.photo", "Full-face photo mention", "PHOTO"),
    ("per.credential", "Password, PIN, OTP, security answer", "PASSWORD"),
    ("per.username", "Account login", "USERNAME"),
    ("per.geo", "Precise location", "GEO"),
    ("per.special", "Race, religion, union, politics, orientation", "SPECIAL"),
    ("per.criminal", "Criminal allegation or conviction", "CRIMINAL"),
    ("per.child", "Child indicator", "CHILD"),
    ("per.other_unique", "Any other unique code", "ID"),
    ("fin.pan", "Payment card number (PAN)", "CARD"),
    ("fin.cvv", "Card verification code", "CVV"),
    ("fin.pin", "Card PIN or PIN block", "PIN"),
    ("fin.track", "Magnetic track or chip data", "TRACK"),
    ("fin.expiry", "Card expiry", "EXPIRY"),
    ("fin.dtmf", "DTMF tones carrying digits", "DTMF"),
    ("fin.acct", "Bank account number", "ACCOUNT"),
    ("fin.aba", "US routing number", "ROUTING"),
    ("fin.iban", "IBAN", "IBAN"),
    ("fin.bic", "BIC or SWIFT", "BIC"),
    ("fin.sortcode", "UK sort code", "SORTCODE"),
    ("fin.crypto", "Crypto address or seed phrase", "CRYPTO"),
    ("fin.txn", "Amount, balance, transaction", "AMOUNT"),
    ("fin.ein", "Employer id (EIN)", "EIN"),
    ("fin.income", "Income, debt, credit score", "INCOME"),
    ("fin.security_id", "ISIN, CUSIP, LEI, order detail", "SECURITY-ID"),
    ("fin.policy", "Insurance policy or claim number", "POLICY"),
    ("hlt.mrn", "Medical record number", "MRN"),
    ("hlt.mbi", "Medicare beneficiary identifier", "MBI"),
    ("hlt.member", "Health plan member id", "MEMBER"),
    ("hlt.nhs", "NHS number", "NHS"),
    ("hlt.npi", "Provider NPI", "NPI"),
    ("hlt.dea", "DEA registration", "DEA"),
    ("hlt.dx", "Diagnosis or condition", "CONDITION"),
    ("hlt.med", "Medication, dose", "MEDICINE"),
    ("hlt.lab", "Lab or vital result", "LAB"),
    ("hlt.mental", "Mental health content", "MENTAL"),
    ("hlt.sud", "Substance-use treatment", "SUD"),
    ("hlt.repro", "Reproductive or sexual health", "REPRO"),
    ("hlt.genetic", "Genetic information", "GENETIC"),
    ("hlt.disability", "Disability or accommodation", "DISABILITY"),
    ("hlt.appointment", "Appointment date and provider", "APPOINTMENT"),
    ("biz.tradesecret", "Trade secret or formula", "TRADESECRET"),
    ("biz.mnpi", "Material non-public information", "MNPI"),
    ("biz.pricing", "Pricing, margin, customer list", "PRICING"),
    ("biz.strategy", "Strategy, roadmap", "STRATEGY"),
    ("biz.source", "Source code or architecture", "SOURCE"),
    ("biz.cred", "API key, host, system secret", "CRED"),
    ("biz.thirdparty_nda", "Third-party confidential information", "THIRDPARTY-NDA"),
    ("biz.export", "Export-controlled technical data", "EXPORT"),
    ("leg.acp", "Attorney-client communication", "ACP"),
    ("leg.workproduct", "Work product", "WORKPRODUCT"),
    ("leg.settlement", "Settlement talks", "SETTLEMENT"),
    ("leg.docket", "Case or docket number", "DOCKET"),
    ("leg.bar", "Bar number", "BAR"),
    ("leg.protected", "Sealed, juvenile or grand-jury matter", "PROTECTED"),
    ("leg.whistle", "Whistleblower report", "WHISTLE"),
    ("leg.other_privilege", "Clergy, spousal, doctor, mediator privilege", "OTHER-PRIVILEGE"),
    ("leg.hold", "Legal-hold trigger phrase", "HOLD"),
    ("per.place", "Place smaller than a state, said without an address", "PLACE"),
    ("per.date", "Date that is not known to be of birth", "DATE"),
    ("biz.organisation", "Organisation", "ORGANISATION"),
    ("sys.unexplained", "Voice that no word accounts for", "UNCLEAR"),
)

KINDS = {row[0]: Kind(*row) for row in _ROWS}

MUST_BURN = ("fin.cvv", "fin.pin", "fin.track", "fin.dtmf")
"""Sensitive authentication data: not kept after authorisation, even encrypted (PCI DSS 3.3.1).

What is typed on a keypad may be a card's code or a PIN, and no tone says that it is not.
"""

OWN_KIND = r"own\.[a-z][a-z0-9_]{0,30}"
"""The id of a kind that an owner adds (docs/spec/kinds.md)."""

QUIET = frozenset({"per.place", "per.date", "biz.organisation"})
"""Kinds of ours that tell little of a person alone; named only where a profile hides them."""
