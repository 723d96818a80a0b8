import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePaths, fromCommandLine, onDisk, type PathChoices } from './paths.ts'

const nothing: PathChoices = { prefix: null, file: null, errorLog: null }
const none = (): boolean => false

test('with -p, file and log are relative to the prefix', () => {
  const paths = choosePaths({ prefix: '/srv/x', file: 'conf/a.conf', errorLog: 'error.log' }, '/', none)
  assert.deepEqual(paths, {
    prefix: '/srv/x/',
    file: '/srv/x/conf/a.conf',
    confPrefix: '/srv/x/conf/',
    errorLog: '/srv/x/error.log',
  })
})

test('a relative prefix is taken from where the command runs', () => {
  assert.equal(choosePaths({ ...nothing, prefix: 'x' }, '/home', none).file, '/home/x/nginx.conf')
})

test('without -p the prefix is the folder of the configuration file', () => {
  assert.equal(choosePaths({ ...nothing, file: './a.conf' }, '/home', none).file, '/home/a.conf')
  assert.equal(choosePaths({ ...nothing, file: '/etc/nginx/nginx.conf' }, '/home', none).prefix, '/etc/nginx/')
})

test('without -p and -c it is the usual nginx.conf if there is one, else the one here', () => {
  assert.equal(choosePaths(nothing, '/home', path => path === '/etc/nginx/nginx.conf').prefix, '/etc/nginx/')
  assert.equal(choosePaths(nothing, '/home', none).file, '/home/nginx.conf')
})

test('the error log is stderr where there is no folder for it', () => {
  assert.equal(choosePaths(nothing, '/home', none).errorLog, 'stderr')
  assert.equal(choosePaths(nothing, '/home', path => path === '/home/logs').errorLog, '/home/logs/error.log')
})

test('a name outside of ASCII is the same on disk as on the command line', () => {
  assert.equal(onDisk(fromCommandLine('/tmp/ü')).toString('utf8'), '/tmp/ü')
})
