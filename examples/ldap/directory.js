// The application asks the directory two things: is this password right, and who was removed?
import { AndFilter, Client, EqualityFilter, InvalidCredentialsError } from 'ldapts'

const {
  LDAP_URL = 'ldap://127.0.0.1:389', // for another machine: ldaps://, or passwords travel in clear
  LDAP_BASE = 'ou=people,dc=example,dc=org',
  LDAP_USER = 'cn=admin,dc=example,dc=org', // an account that may read, and no more
  LDAP_PASSWORD = 'secret'
} = process.env

// Active Directory has other names for these three: user, sAMAccountName, objectGUID.
const IS_PERSON = new EqualityFilter({ attribute: 'objectClass', value: 'inetOrgPerson' })
const NAME = 'uid'
const ID = 'entryUUID' // stays with a person who is renamed, and is never given to another one

/** @returns the account; null where there is none of this name, or the password is wrong */
export async function checkPassword (name, password) {
  if (password === '') return null // a directory takes it for an anonymous sign-in, and says yes
  const account = await connected(LDAP_USER, LDAP_PASSWORD, async client => await findBy(client, NAME, name))
  if (account === null) return null
  try {
    return await connected(account.dn, password, async () => account)
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return null
    throw error
  }
}

/**
 * @returns those of the ids that no account has any more
 * @throws where the directory cannot be asked: then nobody counts as removed
 */
export async function findRemoved (ids) {
  return await connected(LDAP_USER, LDAP_PASSWORD, async client => {
    const removed = []
    for (const id of ids) if (await findBy(client, ID, id) === null) removed.push(id)
    return removed
  })
}

async function findBy (client, attribute, value) {
  const filter = new AndFilter({ filters: [IS_PERSON, new EqualityFilter({ attribute, value })] })
  const { searchEntries: [entry] } = await client.search(LDAP_BASE, { filter, attributes: ['cn', 'mail', ID] })
  return entry === undefined ? null : { dn: entry.dn, id: entry[ID], name: entry.cn, mail: entry.mail }
}

/** Each question has its own connection. A connection that broke and came back is anonymous, and may find nobody. */
async function connected (dn, password, ask) {
  const client = new Client({ url: LDAP_URL, timeout: 5000, connectTimeout: 5000 })
  try {
    await client.bind(dn, password)
    return await ask(client)
  } finally {
    await client.unbind()
  }
}
