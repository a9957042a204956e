"""Поставляемые тексты на русском."""

from servicebook.messaging.standard_texts.words import Words

TEXTS = {
    "maintenance_invite": Words(
        "{work}, {unit}, {due_date}: подтвердите, пожалуйста, время",
        """Здравствуйте, {to_name}!

На {window} запланировано: {work}, {equipment}.
Где: {site}, {address}

Пожалуйста, подтвердите время и назовите контактное лицо на месте. Если время не подходит, предложите \
два-три других окна:
{link}

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: {window}. Подтвердите, пожалуйста: {link}",
    ),
    "maintenance_again": Words(
        "{work}, {unit}, {due_date}: время ещё не подтверждено",
        """Здравствуйте, {to_name}!

{due_date}, {in_days}, предстоит: {work}, {equipment}. Время ещё не подтверждено, и выезд может \
сорваться.
Где: {site}, {address}

Пожалуйста, подтвердите {window} или предложите другие окна:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{work}, {due_date}, {site}, {unit}: время не подтверждено. Ответьте: {link}",
    ),
    "access_tomorrow": Words(
        "Подтвердите, пожалуйста, доступ: {site}, {unit}, {window}",
        """Здравствуйте, {to_name}!

К вам приедет наш инженер: {site}, {address}, {window}. Работы: {work}, {unit}.

Пожалуйста, подтвердите, что нас встретят:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Наш инженер приедет: {site}, {unit}, {window}. Подтвердите доступ: {link}",
    ),
    "visit_confirmed": Words(
        "{work}, {unit}: мы приедем {due_date}",
        """Здравствуйте, {to_name}!

Как договорились, мы приедем. Работы: {work}, {equipment}.
Когда: {window}, {engineer}
Где: {site}, {address}, {on_site}

Если время всё же не подходит, сообщите об этом здесь:
{link}

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: приедем {window}. Не подходит? {link}",
    ),
    "visit_moved": Words(
        "{work}, {unit}: визит {old_window} переносится",
        """Здравствуйте, {to_name}!

Визит, согласованный на {old_window} ({work}, {equipment}), в это время не состоится. Просим прощения.
Где: {site}, {address}

Подойдёт ли вам {window}? Подтвердите, пожалуйста, или предложите другие окна:
{link}

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "{site}, {unit}: визит {old_window} не состоится. Выберите другое время: {link}",
    ),
    "visit_cancelled": Words(
        "{work}, {unit}: визит {old_window} отменён",
        """Здравствуйте, {to_name}!

Визит, согласованный на {old_window} ({work}, {equipment}), отменён. Встречать никого не нужно.
Где: {site}, {address}

Если вы рассчитываете на этот визит, позвоните: {owner_name}, {owner_phone}, или ответьте на это сообщение.
{company}
""",
        "{work}, {site}, {unit}: визит {old_window} отменён. Вопросы: {owner_name}, {owner_phone}",
    ),
    "renewal_notice": Words(
        "{contract_number}: договор действует до {end_date}",
        """Здравствуйте, {to_name}!

Договор {contract_number} ({contract_title}) заканчивается {end_date}, {in_days}. {how_it_goes_on}

Мы с радостью пришлём счёт на следующий срок и квартальный план работ. Сообщите, пожалуйста, продолжаем ли \
мы работу:
{link}

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "Договор {contract_number} действует до {end_date}. Как продолжим? {link}",
    ),
    "reply_wanted": Words(
        "{ticket_number}: ждём вашего ответа",
        """Здравствуйте, {to_name}!

С {asked_on} мы ждём вашего ответа по заявке {ticket_number}, {ticket_title}. Без него мы не можем \
продолжить работу.

Ответьте здесь или просто на это письмо:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{ticket_number}: ждём вашего ответа с {asked_on}. {link}",
    ),
    "payment_due": Words(
        "Счёт {invoice_number}: срок оплаты {due_date}",
        """Здравствуйте, {to_name}!

Срок оплаты счёта {invoice_number} на {amount} — {due_date}. Пожалуйста, оплатите его или сообщите, когда \
это будет:
{link}

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "Счёт {invoice_number}, {amount}: срок оплаты {due_date}. {link}",
    ),
    "balance_low": Words(
        "{contract_number} · {service}: израсходовано {percent} %",
        """Здравствуйте, {to_name}!

Из включённого в договор {contract_number} ({contract_title}) израсходовано {percent} %: {service}.
До {end_date} осталось: {left}. Всё сверх этого оплачивается как дополнительные работы.

Нужно ли больше? Ответьте на это сообщение или позвоните: {owner_name}, {owner_phone}.
{company}
""",
        "{contract_number}, {service}: израсходовано {percent} %, до {end_date} осталось {left}. "
        "Нужно больше? Ответьте нам.",
    ),
    "price_announced": Words(
        "{contract_number} {contract_title}: новая цена с {applies_on}",
        """Здравствуйте, {to_name}!

Как предусмотрено договором {contract_number} ({contract_title}), с {applies_on} его цена меняется: \
{old_price} → {new_price}.

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "Договор {contract_number}: с {applies_on} цена {new_price}, раньше {old_price}.",
    ),
    "price_withdrawn": Words(
        "{contract_number} {contract_title}: цена остаётся прежней",
        """Здравствуйте, {to_name}!

Объявленная нами новая цена по договору {contract_number} ({contract_title}), {new_price}, отменяется. \
Цена остаётся прежней: {old_price}.

На вопросы ответит {owner_name}, {owner_phone}.
{company}
""",
        "Договор {contract_number}: новая цена отменяется, остаётся {old_price}.",
    ),
    "warranty_ends": Words(
        "Гарантия до {end_date}: {equipment}",
        """Здравствуйте, {to_name}!

{end_date}, {in_days}, заканчивается наша гарантия: {equipment}. С договором обслуживания \
оборудование останется под защитой. Подготовить предложение?
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Гарантия до {end_date}: {equipment}. Подготовить предложение? {link}",
    ),
    "step": Words(
        "{step}",
        """{to_name}, ваш следующий шаг: {step}

О чём: {about}, {customer}
До: {due}
Почему сейчас: {why}
{link}
""",
        "{step} · {about}, {customer}. До {due}. {link}",
    ),
    "undelivered": Words(
        "Сообщение не дошло: {name}",
        """{to_name}, сообщение не дошло: {name}.

О чём: {what}
Как: {how}
Почему: {why}

Исправьте и отправьте ещё раз или свяжитесь иначе:
{link}
""",
        "{name}: сообщение не дошло ({how}): {what}. {why} {link}",
    ),
    "escalation": Words(
        "{customer} не отвечает: {about}",
        """{to_name}, {customer} не отвечает.

О чём: {about}
Кого спросили: {contact}, {asked_on}
Следующий шаг: {step}
{link}
""",
        "{customer} не отвечает с {asked_on}: {about}. {step}. {link}",
    ),
}
