"""Teslim edilen metinler, Türkçe."""

from servicebook.messaging.standard_texts.words import Words

TEXTS = {
    "maintenance_invite": Words(
        "{work}, {unit}, {due_date}: lütfen zamanı onaylayın",
        """Sayın {to_name},

{window} için planlandı: {work}, {equipment}.
Yer: {site}, {address}

Lütfen zamanı onaylayın ve sahada bir ilgili kişi bildirin. Uygun değilse iki veya üç başka zaman önerin:
{link}

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: {window}. Lütfen onaylayın: {link}",
    ),
    "maintenance_again": Words(
        "{work}, {unit}, {due_date}: zaman henüz onaylanmadı",
        """Sayın {to_name},

{due_date} tarihinde, {in_days}: {work}, {equipment}. Zaman henüz onaylanmadı, ziyaret \
gerçekleşmeyebilir.
Yer: {site}, {address}

Lütfen {window} zamanını onaylayın veya başka zamanlar önerin:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{work}, {due_date}, {site}, {unit}: zaman onaylanmadı. Lütfen yanıtlayın: {link}",
    ),
    "access_tomorrow": Words(
        "Lütfen girişi onaylayın: {site}, {unit}, {window}",
        """Sayın {to_name},

mühendisimiz geliyor: {site}, {address}, {window}. İş: {work}, {unit}.

Lütfen bizi karşılayacak birinin olduğunu onaylayın:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Mühendisimiz geliyor: {site}, {unit}, {window}. Girişi onaylayın: {link}",
    ),
    "visit_confirmed": Words(
        "{work}, {unit}: {due_date} tarihinde geliyoruz",
        """Sayın {to_name},

kararlaştırıldığı gibi geliyoruz. İş: {work}, {equipment}.
Zaman: {window}, {engineer}
Yer: {site}, {address}, {on_site}

Yine de uygun değilse buradan bildirin:
{link}

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{work}, {site}, {unit}: {window} geliyoruz. Uygun değil mi? {link}",
    ),
    "visit_moved": Words(
        "{work}, {unit}: {old_window} ziyareti erteleniyor",
        """Sayın {to_name},

{old_window} için kararlaştırılan ziyaret ({work}, {equipment}) o zaman yapılamıyor. Özür dileriz.
Yer: {site}, {address}

{window} size uyar mı? Lütfen onaylayın veya başka zamanlar önerin:
{link}

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{site}, {unit}: {old_window} gelemiyoruz. Lütfen başka bir zaman seçin: {link}",
    ),
    "visit_cancelled": Words(
        "{work}, {unit}: {old_window} ziyareti iptal edildi",
        """Sayın {to_name},

{old_window} için kararlaştırılan ziyaret ({work}, {equipment}) iptal edildi. Kimseyi karşılamanız gerekmiyor.
Yer: {site}, {address}

Bu ziyarete güveniyorsanız lütfen arayın: {owner_name}, {owner_phone}, veya bu mesajı yanıtlayın.
{company}
""",
        "{work}, {site}, {unit}: {old_window} ziyareti iptal edildi. Sorular: {owner_name}, {owner_phone}",
    ),
    "renewal_notice": Words(
        "{contract_number}: sözleşme {end_date} tarihinde bitiyor",
        """Sayın {to_name},

{contract_number} sözleşmesi ({contract_title}) {in_days}, {end_date} tarihinde bitiyor.
{how_it_goes_on}

Sonraki dönemin faturasını ve üç aylık iş planını memnuniyetle göndeririz. Lütfen devam edip etmeyeceğinizi \
bildirin:
{link}

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{contract_number} sözleşmesi {end_date} tarihinde bitiyor. Nasıl devam edelim? {link}",
    ),
    "reply_wanted": Words(
        "{ticket_number}: yanıtınızı bekliyoruz",
        """Sayın {to_name},

{asked_on} tarihinden beri {ticket_number}, {ticket_title} için yanıtınızı bekliyoruz. Yanıt olmadan devam \
edemeyiz.

Lütfen burada veya bu e-postaya yanıt verin:
{link}

{owner_name}, {owner_phone}
{company}
""",
        "{ticket_number}: {asked_on} tarihinden beri yanıtınızı bekliyoruz. {link}",
    ),
    "payment_due": Words(
        "{invoice_number} faturasının vadesi {due_date}",
        """Sayın {to_name},

{amount} tutarındaki {invoice_number} faturasının vadesi {due_date}. Lütfen ödeyin veya ne zaman \
ödeyeceğinizi bildirin:
{link}

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{invoice_number} faturası, {amount}, vadesi {due_date}: {link}",
    ),
    "balance_low": Words(
        "{contract_number} · {service}: %{percent} kullanıldı",
        """Sayın {to_name},

{contract_number} sözleşmesinin ({contract_title}) kapsadığı miktarın %{percent} kadarı kullanıldı: {service}.
{end_date} tarihine kadar kalan: {left}. Fazlası ek iş olarak faturalanır.

Daha fazlasını kararlaştıralım mı? Bu mesajı yanıtlayın veya arayın: {owner_name}, {owner_phone}.
{company}
""",
        "{contract_number}, {service}: %{percent} kullanıldı, {end_date} tarihine kadar kalan {left}. "
        "Daha fazlası? Bize yazın.",
    ),
    "price_announced": Words(
        "{contract_number} {contract_title}: {applies_on} tarihinden itibaren yeni fiyat",
        """Sayın {to_name},

{contract_number} sözleşmesinde ({contract_title}) kararlaştırıldığı üzere fiyat {applies_on} tarihinde \
değişiyor: {old_price} yerine {new_price}.

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{contract_number} sözleşmesi: {applies_on} itibarıyla fiyat {new_price}, önceki {old_price}.",
    ),
    "price_withdrawn": Words(
        "{contract_number} {contract_title}: fiyat aynı kalıyor",
        """Sayın {to_name},

{contract_number} sözleşmesi ({contract_title}) için bildirdiğimiz yeni fiyat, {new_price}, geri alındı. \
Fiyat aynı kalıyor: {old_price}.

Sorularınızı {owner_name} yanıtlar, {owner_phone}.
{company}
""",
        "{contract_number} sözleşmesi: yeni fiyat geri alındı, {old_price} olarak kalıyor.",
    ),
    "warranty_ends": Words(
        "{equipment} garantisi {end_date} tarihinde bitiyor",
        """Sayın {to_name},

Garantimiz {in_days}, {end_date} tarihinde bitiyor: {equipment}. Bir servis sözleşmesi korumayı \
sürdürür. Size bir teklif hazırlayalım mı?
{link}

{owner_name}, {owner_phone}
{company}
""",
        "Garanti {end_date} tarihinde bitiyor: {equipment}. Teklif ister misiniz? {link}",
    ),
    "step": Words(
        "{step}",
        """{to_name}, sonraki adımınız: {step}

Konu: {about}, {customer}
Son tarih: {due}
Neden şimdi: {why}
{link}
""",
        "{step} · {about}, {customer}. Son tarih {due}. {link}",
    ),
    "undelivered": Words(
        "Mesaj ulaşmadı: {name}",
        """{to_name}, mesaj ulaşmadı: {name}.

Konu: {what}
Nasıl: {how}
Neden: {why}

Düzeltip yeniden gönderin veya başka yoldan ulaşın:
{link}
""",
        "{name}: mesaj ulaşmadı ({how}): {what}. {why} {link}",
    ),
    "escalation": Words(
        "{customer} yanıt vermiyor: {about}",
        """{to_name}, {customer} yanıt vermiyor.

Konu: {about}
Sorulan: {contact}, {asked_on}
Sonraki adım: {step}
{link}
""",
        "{customer} {asked_on} tarihinden beri yanıt vermiyor: {about}. {step}. {link}",
    ),
}
