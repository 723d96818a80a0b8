/** Begins the http part of the model: for `http {`, and for a file that is only the inside of one. */
import type { Position } from '../../model/model.ts'
import { Place, type Reading } from './place.ts'

export function openHttp(reading: Reading, position: Position): Place {
  const place = new Place('http', reading, 'http')
  reading.http = { settings: place.settings, upstreams: [], servers: [], maps: [], logFormats: [] }
  place.mark('', position)
  return place
}
