import type { Locale } from './locale.ts'

export const fr: Locale = {
  lang: 'fr',
  dir: 'ltr',
  second: { one: '# seconde', many: '# de secondes', other: '# secondes' },
  minute: { one: '# minute', many: '# de minutes', other: '# minutes' },
  hour: { one: '# heure', many: '# d’heures', other: '# heures' },
  title: 'Votre session est sur le point d’expirer',
  idle: 'Aucune activité n’a été détectée depuis un moment. ' +
    'Pour votre sécurité, votre session sera fermée dans {time}.',
  absolute: 'Votre session prendra fin dans {time}, même si vous continuez à travailler. ' +
    'Enregistrez votre travail dès maintenant\u202f; vous pourrez ensuite vous reconnecter.',
  stay: 'Poursuivre la session',
  signOut: 'Se déconnecter',
  close: 'Fermer',
  offline: 'Le serveur est injoignable pour le moment. Nouvelle tentative en cours…',
  hiddenTitle: 'Cette page est masquée pour votre sécurité',
  hidden: 'Le serveur est injoignable et votre session a peut-être expiré. ' +
    'La page réapparaîtra si votre session est toujours ouverte.',
  retry: 'Réessayer',
  signOutFailed: 'La déconnexion a échoué\u00a0: votre session est toujours ouverte. Veuillez réessayer.',
  stayed: 'Votre session reste ouverte',
  wait: 'Un instant…',
  refused: 'Le serveur ne confirme pas que votre session est ouverte. Rechargez la page\u202f; ' +
    'vous devrez peut-être vous reconnecter.',
  reload: 'Recharger la page',
  ended: 'Vous avez été déconnecté',
  otherUser: 'Une autre personne est maintenant connectée dans ce navigateur.',
  signIn: 'Se reconnecter',
  spoken: 'Votre session sera fermée dans {time}.',
  tab: 'Déconnexion dans {time}',
  draft: 'Votre session a expiré pendant que vous remplissiez ce formulaire. Votre saisie a été conservée.',
  restore: 'Restaurer la saisie',
  discard: 'Supprimer',
  restored: 'Votre saisie a été restaurée. Elle n’a pas encore été envoyée.',
  discarded: 'Votre saisie a été supprimée.',
  field: { one: '# champ', many: '# champs', other: '# champs' },
  kept: 'Des saisies qui n’avaient pas été enregistrées ont été conservées.',
  restoredSome: '{done} saisies sur {all} ont été rétablies. Elles n’ont pas encore été envoyées. ' +
    'Les autres n’ont pas pu être remises en place ; les voici.',
  discardSure: 'Supprimer définitivement ces saisies ?',
  keep: 'Conserver',
  tooLong: 'Ce texte est trop long pour être conservé. Si vous êtes déconnecté, sa dernière partie sera perdue.',
  leave: 'Certaines modifications ne sont pas enregistrées.',
  notice: 'Pour votre sécurité, votre session est fermée après {time} sans activité.'
}
