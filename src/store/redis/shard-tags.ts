const SLOTS = 16_384

/** Computes the checksum by which a Cluster finds slots: CRC16 of the XMODEM kind. */
function crc16 (text: string): number {
  let crc = 0
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xFFFF
  }
  return crc
}

/** Returns the slot of a key. The text in its first pair of braces counts, or all of it. */
export function slotOf (key: string): number {
  const tag = /\{([^}]+)\}/.exec(key.slice(Math.max(0, key.indexOf('{'))))
  return crc16(tag?.index === 0 ? tag[1] ?? key : key) % SLOTS
}

/**
 * Makes the hash tags of so many shards. The slots are cut into equal parts, and each tag is the first number, in base
 * 36, that lies in its part. Masters with equal shares of the slots then get equal numbers of sessions. The tags must
 * never change: sessions would not be found.
 */
export function shardTags (count: number): readonly string[] {
  const tags = new Map<number, string>()
  for (let number = 0; tags.size < count; number++) {
    const tag = number.toString(36)
    const part = Math.floor(slotOf(tag) * count / SLOTS)
    if (!tags.has(part)) tags.set(part, tag)
  }
  return Array.from({ length: count }, (_, part) => tags.get(part) ?? '')
}
