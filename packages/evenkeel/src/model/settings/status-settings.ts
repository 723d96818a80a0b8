/** Settings about what is counted for the API and metrics. */
export interface StatusSettings {
  /** status_zone of the server; null: its requests are not counted by themselves. */
  serverZone: string | null
  /** status_zone of the location. */
  locationZone: string | null
}

export const statusDefaults: StatusSettings = { serverZone: null, locationZone: null }
