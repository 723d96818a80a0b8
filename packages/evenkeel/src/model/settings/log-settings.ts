/** Settings about log files. */
export interface LogSettings {
  /** How files whose names hold variables are kept open; null: as evenkeel does it by itself. */
  openLogFileCache: LogFileCacheModel | null
}

export interface LogFileCacheModel {
  /** Files open at most, and names remembered. */
  readonly max: number
  /** A name that was not used for so long is forgotten. */
  readonly inactiveMs: number
  /** After so long a file is opened anew, in case that it was moved away. */
  readonly validMs: number
  /** So many uses make a file one that is kept open. */
  readonly minUses: number
}

export const logDefaults: LogSettings = {
  openLogFileCache: null,
}
