import type { Locale } from './locale.ts'

export const ja: Locale = {
  lang: 'ja',
  dir: 'ltr',
  second: { other: '#秒' },
  minute: { other: '#分' },
  hour: { other: '#時間' },
  title: 'まもなくログアウトされます',
  idle: 'しばらく操作がありません。安全のため、あと{time}で自動的にログアウトします。',
  absolute: '操作を続けていても、このセッションはあと{time}で終了します。今すぐ作業内容を保存してください。終了後に再度ログインできます。',
  stay: 'ログインを継続する',
  signOut: 'ログアウト',
  close: '閉じる',
  offline: '現在サーバーに接続できません。再接続を試みています。',
  hiddenTitle: '安全のためページを非表示にしています',
  hidden: 'サーバーに接続できず、セッションが終了している可能性があります。まだログイン中であれば、ページは再び表示されます。',
  retry: '再試行',
  signOutFailed: 'ログアウトできませんでした。まだログイン中です。もう一度お試しください。',
  spoken: 'あと{time}でログアウトします。',
  tab: 'あと{time}でログアウト',
  draft: 'このフォームの入力中にログアウトされました。入力内容は残っています。',
  restore: '入力内容を復元',
  discard: '破棄',
  restored: '入力内容を復元しました。まだ送信されていません。',
  discarded: '入力内容を破棄しました。',
  leave: '保存されていない変更があります。',
  notice: '安全のため、{time}操作がないと自動的にログアウトします。'
}
