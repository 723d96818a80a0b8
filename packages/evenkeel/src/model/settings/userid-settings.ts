/** Settings of the cookie that knows a browser again. */
export interface UseridSettings {
  /** `log`: cookies are read, none is given. */
  userid: 'off' | 'on' | 'v1' | 'log'
  useridName: string
  /** '': none. */
  useridDomain: string
  useridPath: string
  /** Seconds; 0: until the browser is closed; max: as long as dates go. */
  useridExpires: number | 'max'
  useridFlags: readonly string[]
  /** A letter, digit or `=` that a cookie has to bear to be left as it is; '': none. */
  useridMark: string
  /** '': no such field. */
  useridP3p: string
  /** Who gave the cookie; null: the address of this server, or 0 for v1. */
  useridService: number | null
}

export const useridDefaults: UseridSettings = {
  userid: 'off',
  useridName: 'uid',
  useridDomain: '',
  useridPath: '/',
  useridExpires: 0,
  useridFlags: [],
  useridMark: '',
  useridP3p: '',
  useridService: null,
}
