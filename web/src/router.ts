/** Which address shows which page. */

import { createRouter, createWebHistory } from 'vue-router'
import HomePage from './pages/HomePage.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomePage, meta: { title: 'Home' } },
    { path: '/deploy', component: () => import('./pages/DeployPage.vue'), meta: { title: 'New deployment' } },
    { path: '/runs', component: () => import('./pages/HistoryPage.vue'), meta: { title: 'History' } },
    { path: '/runs/:run(\\d+)', component: () => import('./pages/RunPage.vue'), props: ({ params }) => ({ id: Number(params.run) }) },
    { path: '/services/:name', component: () => import('./pages/ServicePage.vue'), props: true },
    { path: '/audit', component: () => import('./pages/AuditPage.vue'), meta: { title: 'Audit' } },
    { path: '/admin', component: () => import('./pages/AdminPage.vue'), meta: { title: 'Admin' } },
    { path: '/profile', component: () => import('./pages/ProfilePage.vue'), meta: { title: 'Profile' } },
    { path: '/:rest(.*)*', component: () => import('./pages/NowherePage.vue'), meta: { title: 'No such page' } },
  ],
  scrollBehavior: (to, _, saved) => saved ?? (to.hash ? false : { top: 0 }),
})

router.afterEach((to) => {
  if (to.meta.title) document.title = `${String(to.meta.title)} · SpiderPig`
})
