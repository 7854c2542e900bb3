import type { Locale } from './locale.ts'

export const tr: Locale = {
  lang: 'tr',
  dir: 'ltr',
  second: { one: '# saniye', other: '# saniye' },
  minute: { one: '# dakika', other: '# dakika' },
  hour: { one: '# saat', other: '# saat' },
  title: 'Oturumunuz kapanmak üzere',
  idle: 'Bir süredir işlem yapmadınız. Güvenliğiniz için oturumunuz {time} içinde kapatılacaktır.',
  absolute: 'Çalışmaya devam etseniz bile oturumunuz {time} içinde sona erecektir. Lütfen çalışmanızı şimdi kaydedin; ardından yeniden oturum açabilirsiniz.',
  stay: 'Oturumu sürdür',
  signOut: 'Oturumu kapat',
  close: 'Tamam',
  offline: 'Sunucuya şu anda ulaşılamıyor. Yeniden deneniyor…',
  hiddenTitle: 'Bu sayfa güvenliğiniz için gizlendi',
  hidden: 'Sunucuya ulaşılamıyor ve oturumunuz sona ermiş olabilir. Oturumunuz hâlâ açıksa sayfa yeniden görünecektir.',
  retry: 'Yeniden dene',
  signOutFailed: 'Oturumunuz kapatılamadı, hâlâ açık. Lütfen yeniden deneyin.',
  spoken: 'Oturumunuz {time} içinde kapatılacak.',
  tab: '{time} içinde kapanacak',
  draft: 'Bu formu doldururken oturumunuz kapandı. Girdiğiniz bilgiler saklandı.',
  restore: 'Bilgileri geri yükle',
  discard: 'Sil',
  restored: 'Bilgiler geri yüklendi. Henüz gönderilmedi.',
  discarded: 'Bilgiler silindi.',
  leave: 'Kaydedilmemiş değişiklikleriniz var.',
  notice: 'Güvenliğiniz için {time} işlem yapmazsanız oturumunuz kapatılır.'
}
