/** The dashboard in a real browser, before a real balancer. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { find, unless } from '../scenario/requires.ts'
import { eventually, until } from '../scenario/wait.ts'

describe('the dashboard in a browser', { skip: unless('chromium') }, () => {
  const origins: HttpOrigin[] = []
  const wrong: string[] = []
  let proxy: Proxied
  let browser: Browser
  let page: Page

  before(async () => {
    for (const name of ['one', 'two', 'three']) origins.push(await httpOrigin(name))
    proxy = await startProxy({
      config: ports => `
        upstream app { ${origins.map(({ address }) => `server ${address};`).join(' ')} }
        server {
          listen 127.0.0.1:${ports.main};
          status_zone site;
          location / { proxy_pass http://app; }
          location = /dashboard.html { dashboard; }
          location = /read-only.html { dashboard api=/look/; }
          location = /lost.html { dashboard api=/nowhere/; }
          location /nowhere/ { return 404; }
          location /api/ { api write=on; }
          location /look/ { api; }
        }`,
    })
    browser = await chromium.launch({ executablePath: find('chromium')!, args: ['--no-sandbox'], timeout: 100_000 })
    page = await browser.newPage()
    page.on('pageerror', error => wrong.push(String(error)))
    page.on('console', message => {
      // The question whether the API may be written to is answered by a 404.
      if (message.type() === 'error' && !/status of (404|405)/.test(message.text())) wrong.push(message.text())
    })
  })

  after(async () => {
    await browser?.close()
    await proxy?.[Symbol.asyncDispose]()
    await Promise.all(origins.map(origin => origin[Symbol.asyncDispose]()))
  })

  const at = (path: string): string => `http://127.0.0.1:${proxy.port('main')}${path}`
  const rowOf = (index: number): Locator => page.getByRole('row').filter({ hasText: origins[index]!.address })
  const cellOf = (index: number, title: string): Locator => rowOf(index).locator(`[data-label="${title}"]`)
  const ask = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) await (await fetch(at('/'))).text()
  }

  test('shows every server, and what it has served', async () => {
    await ask(9)
    await page.goto(at('/dashboard.html'))
    await eventually(async () => {
      for (const index of [0, 1, 2]) {
        assert.equal(await cellOf(index, 'State').innerText(), 'up')
        assert.equal(await cellOf(index, 'Requests').innerText(), '3')
        assert.equal(await cellOf(index, '2xx').innerText(), '3')
      }
      assert.equal(await page.locator('#status').innerText(), 'live')
    })
    await page.getByRole('row').filter({ hasText: 'site' }).waitFor()
  })

  test('a server is drained through the dialog, and traffic leaves it', async () => {
    await page.getByRole('button', { name: `Change ${origins[1]!.address} of app` }).click()
    const dialog = page.getByRole('dialog')
    const apply = dialog.getByRole('button', { name: 'Apply' })
    await eventually(async () => assert.equal(await apply.isDisabled(), true))
    await dialog.getByRole('radio', { name: 'Drain' }).check()
    await eventually(async () =>
      assert.match(
        await dialog.locator('#change-consequence').innerText(),
        /^New requests go to the other 2 servers\./,
      ),
    )
    await apply.click()
    await dialog.waitFor({ state: 'hidden' })
    await until(
      () => 'the row to say that it drains',
      async () => (await cellOf(1, 'State').innerText()) === 'draining' || undefined,
    )
    // A change is on its way to the worker for a moment.
    await eventually(async () => {
      const before = origins.map(({ requests }) => requests.length)
      await ask(6)
      assert.deepEqual(
        origins.map(({ requests }, index) => requests.length - before[index]!),
        [3, 0, 3],
      )
    })
    await eventually(async () => {
      for (const index of [0, 1, 2])
        assert.equal(await cellOf(index, 'Requests').innerText(), String(origins[index]!.requests.length))
    })
  })

  test('the keyboard does the same: up again, with another weight', async () => {
    await page.getByRole('button', { name: `Change ${origins[1]!.address} of app` }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Drain' }).focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.type('4')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await until(
      () => 'the row to have weight 4 and be up',
      async () =>
        ((await cellOf(1, 'Weight').innerText()) === '4' && (await cellOf(1, 'State').innerText()) === 'up') ||
        undefined,
    )
    await eventually(async () =>
      assert.match(await page.locator('#said').innerText(), /takes requests with weight 4\.$/),
    )
  })

  test('goes back to what was, where nothing can be changed, and to the present', async () => {
    await page.keyboard.press('[')
    await until(
      () => 'the past',
      async () => (await page.locator('#status').innerText()) === 'in the past' || undefined,
    )
    await eventually(async () => assert.equal(await page.getByRole('button', { name: /^Change / }).count(), 0))
    await page.getByRole('button', { name: 'Back to live' }).click()
    await eventually(async () => assert.equal(await page.locator('#status').innerText(), 'live'))
  })

  test('only servers with problems, or of a name, are shown when asked for', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type(origins[2]!.address)
    await eventually(async () => assert.equal(await page.locator('#upstreams tbody tr').count(), 1))
    await page.keyboard.press('Escape')
    await eventually(async () => assert.equal(await page.locator('#upstreams tbody tr').count(), 3))
    await page.getByLabel('only with problems').check()
    await eventually(async () =>
      assert.equal(await page.locator('#no-upstreams').innerText(), 'No server is like that.'),
    )
  })

  test('says that the API is read-only, and how it is opened', async () => {
    await page.goto(at('/read-only.html'))
    await page.locator('#notice').waitFor()
    await eventually(async () => assert.equal(await page.locator('#notice strong').innerText(), 'Read-only'))
    await eventually(async () =>
      assert.equal(await page.locator('#notice code').innerText(), 'location /look/ { api write=on; }'),
    )
    assert.equal(await page.getByRole('button', { name: /^Change / }).count(), 0)
  })

  test('says that there is no API where it looks', async () => {
    await page.goto(at('/lost.html'))
    await page.locator('#notice').waitFor()
    await eventually(async () =>
      assert.equal(await page.locator('#notice strong').innerText(), 'There is no API at /nowhere/'),
    )
  })

  test('nothing went wrong in the page', () => assert.deepEqual(wrong, []))

  test('says that the balancer is gone, and keeps what was known', async () => {
    await page.goto(at('/dashboard.html'))
    await rowOf(0).waitFor()
    await proxy.stop()
    await page.locator('#notice').waitFor()
    await eventually(async () =>
      assert.equal(await page.locator('#notice strong').innerText(), 'The balancer does not answer'),
    )
    assert.equal(await rowOf(0).count(), 1)
  })
})
