import type { Locale } from './locale.ts'

export const zh: Locale = {
  lang: 'zh',
  dir: 'ltr',
  second: { other: '#秒' },
  minute: { other: '#分钟' },
  hour: { other: '#小时' },
  title: '您即将退出登录',
  idle: '您已有一段时间没有操作。为了您的安全，系统将在{time}后自动退出登录。',
  absolute: '即使您继续操作，本次会话也将在{time}后结束。请立即保存您的工作，之后可以重新登录。',
  stay: '保持登录',
  signOut: '退出登录',
  close: '关闭',
  offline: '目前无法连接服务器，正在重试……',
  hiddenTitle: '为了您的安全，页面已隐藏',
  hidden: '无法连接服务器，您的会话可能已结束。如果您仍处于登录状态，页面将重新显示。',
  retry: '重试',
  signOutFailed: '退出登录失败，您仍处于登录状态。请重试。',
  spoken: '您将在{time}后退出登录。',
  tab: '{time}后退出登录',
  draft: '您在填写此表单时已被退出登录。您填写的内容已保留。',
  restore: '恢复内容',
  discard: '放弃',
  restored: '内容已恢复，但尚未提交。',
  discarded: '内容已放弃。',
  leave: '您有未保存的更改。',
  notice: '为了您的安全，{time}无操作后将自动退出登录。'
}
