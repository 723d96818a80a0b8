/**
 * What programs may import: reading nginx configurations into a Model, and what is wrong with them.
 * The only file that re-exports; everything else is the command's.
 */
export { readConfiguration } from './config/nginx/read.ts'
export { formatProblem } from './config/nginx/problems.ts'
export { diskFiles } from './config/nginx/disk.ts'
export type { Model } from './model/model.ts'
export type { Settings } from './model/settings.ts'
