"""Жеткізілетін мәтіндер қазақ тілінде."""

from servicebook.messaging.standard_texts.words import Words

TEXTS = {
    "maintenance_invite": Words(
        "{work}, {unit}, {due_date}: уақытты растаңызшы",
        """Құрметті {to_name},

{window}: {work}, {equipment} жоспарланған.
Орны: {site}, {address}

Уақытты растап, сол жердегі байланыс тұлғасын атаңызшы. Егер уақыт келмесе, басқа екі-үш аралықты \
ұсыныңыз:
{link}

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: {window}. Растаңызшы: {link}",
    ),
    "maintenance_again": Words(
        "{work}, {unit}, {due_date}: уақыт әлі расталмады",
        """Құрметті {to_name},

{due_date}, {in_days}: {work}, {equipment}. Уақыт әлі расталмады, сапар болмай қалуы мүмкін.
Орны: {site}, {address}

{window} уақытын растаңыз немесе басқа аралықтарды ұсыныңыз:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{work}, {due_date}, {site}, {unit}: уақыт расталмады. Жауап беріңізші: {link}",
    ),
    "access_tomorrow": Words(
        "Кіруді растаңызшы: {site}, {unit}, {window}",
        """Құрметті {to_name},

біздің инженер келеді: {site}, {address}, {window}. Жұмыс: {work}, {unit}.

Бізді қарсы алатынын растаңызшы:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Біздің инженер келеді: {site}, {unit}, {window}. Кіруді растаңыз: {link}",
    ),
    "visit_confirmed": Words(
        "{work}, {unit}: {due_date} күні келеміз",
        """Құрметті {to_name},

келісілгендей, біз келеміз. Жұмыс: {work}, {equipment}.
Уақыты: {window}, {engineer}
Орны: {site}, {address}, {on_site}

Егер уақыт бәрібір келмесе, осында хабарлаңыз:
{link}

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: {window} келеміз. Уақыт келмей ме? {link}",
    ),
    "visit_moved": Words(
        "{work}, {unit}: {old_window} сапары ауыстырылады",
        """Құрметті {to_name},

{old_window} уақытына келісілген сапар ({work}, {equipment}) ол кезде болмайды. Кешірім сұраймыз.
Орны: {site}, {address}

{window} уақыты келе ме? Растаңыз немесе басқа аралықтарды ұсыныңыз:
{link}

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{site}, {unit}: {old_window} келе алмаймыз. Басқа уақыт таңдаңыз: {link}",
    ),
    "visit_cancelled": Words(
        "{work}, {unit}: {old_window} сапары болмайды",
        """Құрметті {to_name},

{old_window} уақытына келісілген сапар ({work}, {equipment}) болмайды. Ешкімді күтудің қажеті жоқ.
Орны: {site}, {address}

Егер бұл сапар керек болса, қоңырау шалыңыз: {owner_name}, {owner_phone}, немесе осы хабарға жауап беріңіз.
{company}
""",
        "{work}, {site}, {unit}: {old_window} сапары болмайды. Сұрақтар: {owner_name}, {owner_phone}",
    ),
    "renewal_notice": Words(
        "{contract_number}: шарт {end_date} күні аяқталады",
        """Құрметті {to_name},

{contract_number} шарты ({contract_title}) {in_days}, {end_date}, аяқталады. {how_it_goes_on}

Келесі мерзімге шот пен тоқсандық жұмыс жоспарын қуана жібереміз. Жалғастыратыныңызды хабарлаңызшы:
{link}

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{contract_number} шарты {end_date} күні аяқталады. Қалай жалғастырамыз? {link}",
    ),
    "reply_wanted": Words(
        "{ticket_number}: жауабыңызды күтеміз",
        """Құрметті {to_name},

{asked_on} күнінен бастап {ticket_number}, {ticket_title} өтінімі бойынша жауабыңызды күтеміз. Онсыз жұмысты \
жалғастыра алмаймыз.

Осында немесе осы хатқа жауап беріңіз:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{ticket_number}: {asked_on} күнінен бастап жауабыңызды күтеміз. {link}",
    ),
    "payment_due": Words(
        "{invoice_number} шоты: төлем мерзімі {due_date}",
        """Құрметті {to_name},

{amount} сомасындағы {invoice_number} шотының төлем мерзімі — {due_date}. Төлеңіз немесе қашан \
төлейтініңізді хабарлаңыз:
{link}

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{invoice_number} шоты, {amount}: төлем мерзімі {due_date}. {link}",
    ),
    "balance_low": Words(
        "{contract_number} · {service}: {percent} % жұмсалды",
        """Құрметті {to_name},

{contract_number} шартына ({contract_title}) кіретін көлемнің {percent} %-ы жұмсалды: {service}.
{end_date} дейін қалғаны: {left}. Одан артығы қосымша жұмыс ретінде төленеді.

Көбірек керек пе? Осы хабарға жауап беріңіз немесе қоңырау шалыңыз: {owner_name}, {owner_phone}.
{company}
""",
        "{contract_number}, {service}: {percent} % жұмсалды, {end_date} дейін {left} қалды. "
        "Көбірек керек пе? Жауап беріңіз.",
    ),
    "price_announced": Words(
        "{contract_number} {contract_title}: {applies_on} бастап жаңа баға",
        """Құрметті {to_name},

{contract_number} шартында ({contract_title}) келісілгендей, оның бағасы {applies_on} бастап өзгереді: \
{old_price} → {new_price}.

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{contract_number} шарты: {applies_on} бастап баға {new_price}, бұрын {old_price}.",
    ),
    "price_withdrawn": Words(
        "{contract_number} {contract_title}: баға бұрынғыдай қалады",
        """Құрметті {to_name},

{contract_number} шарты ({contract_title}) бойынша біз хабарлаған жаңа баға, {new_price}, енгізілмейді. \
Баға бұрынғыдай қалады: {old_price}.

Сұрақтарға {owner_name} жауап береді, {owner_phone}.
{company}
""",
        "{contract_number} шарты: жаңа баға енгізілмейді, {old_price} қалады.",
    ),
    "warranty_ends": Words(
        "Кепілдік {end_date} күніне дейін: {equipment}",
        """Құрметті {to_name},

Кепілдігіміз {in_days}, {end_date}, аяқталады: {equipment}. Қызмет көрсету шарты жабдықты \
қорғауда қалдырады. Ұсыныс дайындайық па?
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Кепілдік {end_date} күніне дейін: {equipment}. Ұсыныс дайындайық па? {link}",
    ),
    "step": Words(
        "{step}",
        """{to_name}, келесі қадамыңыз: {step}

Не туралы: {about}, {customer}
Мерзімі: {due}
Неге қазір: {why}
{link}
""",
        "{step} · {about}, {customer}. Мерзімі {due}. {link}",
    ),
    "undelivered": Words(
        "Хабар жетпеді: {name}",
        """{to_name}, хабар жетпеді: {name}.

Не туралы: {what}
Қалай: {how}
Неге: {why}

Түзетіп, қайта жіберіңіз немесе басқаша хабарласыңыз:
{link}
""",
        "{name}: хабар жетпеді ({how}): {what}. {why} {link}",
    ),
    "escalation": Words(
        "{customer} жауап бермейді: {about}",
        """{to_name}, {customer} жауап бермейді.

Не туралы: {about}
Кімнен сұралды: {contact}, {asked_on}
Келесі қадам: {step}
{link}
""",
        "{customer} {asked_on} күнінен бастап жауап бермейді: {about}. {step}. {link}",
    ),
}
