//! Everything wired together with plain constructors.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use answer::{Assistant, Control, Profile};
use anyhow::{Context, anyhow};
use arc_swap::ArcSwapOption;
use chat::{Assistants, Chat, Given, Records};
use infer::{Embedder, Generator, Model, Models, Prompts};
use law::Library;
use people::{People, Person, Provider};
use search::Search;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use web::Origins;
use zalo::Renew;

use crate::channels::{Channels, Say, Secrets, cases};
use crate::clock::now;
use crate::config::Config;
use crate::control::Decisions;
use crate::http::Counts;
use crate::jobs::{Evaluation, Jobs};
use crate::keys::Keys;
use crate::versions::{Manifest, Versions};

/// Settings and folders of one run.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Arc<Config>,
    /// The file of the settings, if one is named: for processes of our own.
    pub(crate) file: Option<PathBuf>,
    pub(crate) versions: Versions,
    pub(crate) models: Arc<Models>,
    pub(crate) cache: PathBuf,
}

/// One corpus version, opened. A request ends on the version it began with.
pub(crate) struct Corpus {
    pub(crate) manifest: Manifest,
    pub(crate) library: Arc<Library>,
    pub(crate) search: Search,
    /// By profile, for people at the command line.
    pub(crate) assistants: BTreeMap<String, Assistant>,
    /// By profile, for callers over HTTP ([`Config::caller`]).
    pub(crate) callers: BTreeMap<String, Assistant>,
}

/// What serves: models and the current corpus behind one swappable pointer.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) setup: Setup,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) embedder: Embedder,
    pub(crate) generator: Option<Generator>,
    pub(crate) corpus: Arc<ArcSwapOption<Corpus>>,
    pub(crate) decisions: Decisions,
    pub(crate) records: Records,
    /// Conversations; only a server has any.
    pub(crate) chat: Option<Chat>,
    /// Channels that push messages.
    pub(crate) channels: Channels,
    /// Keys of programs.
    pub(crate) keys: Keys,
    /// Who signs in; only a server has any.
    pub(crate) people: Option<People>,
    /// Where they sign in besides.
    pub(crate) provider: Option<Arc<Provider>>,
    /// Files that are being read.
    pub(crate) jobs: Jobs,
    /// A set of questions that is being asked.
    pub(crate) evaluation: Evaluation,
    /// Responses that were given.
    pub(crate) counts: Counts,
    /// The sites that may embed the widget.
    pub(crate) origins: Arc<Origins>,
    /// One permit for each answer that is being streamed.
    pub(crate) streams: Arc<Semaphore>,
}

impl Setup {
    pub(crate) fn model(&self, name_or_role: &str) -> anyhow::Result<&Model> {
        self.models
            .get(name_or_role)
            .ok_or_else(|| anyhow!("models.toml declares no model or role {name_or_role:?}"))
    }

    pub(crate) fn embedder(&self) -> anyhow::Result<Embedder> {
        if let Some(remote) = self.config.remote_embedder() {
            return Embedder::remote(&remote, &self.config.embed_options())
                .with_context(|| format!("models.embed_url = {:?}", remote.url));
        }
        let model = self.model(&self.config.models.embed)?;
        let folder = model.require(&self.cache)?;
        Ok(Embedder::load(&folder, &model.id(), &self.config.embed_options())?)
    }

    /// What an index must have been made with.
    pub(crate) fn embedder_id(&self) -> anyhow::Result<String> {
        match self.config.remote_embedder() {
            Some(_) => Ok(self.embedder()?.id().to_owned()),
            None => {
                let model = self.model(&self.config.models.embed)?;
                Ok(self.config.embed_options().id(&model.id()))
            }
        }
    }

    pub(crate) fn generator(&self) -> anyhow::Result<Option<Generator>> {
        if !self.config.answer.generate {
            return Ok(None);
        }
        if let Some(remote) = self.config.remote_generator() {
            let generator = Generator::remote(&remote, &self.config.generate_options());
            return generator
                .map(Some)
                .with_context(|| format!("models.generate_url = {:?}", remote.url));
        }
        let name = &self.config.models.generate;
        if name.is_empty() {
            return Ok(None);
        }
        let model = self.model(name)?;
        let file = model.require(&self.cache)?.join("model.gguf");
        Ok(Some(Generator::load(&file, &model.id(), &self.config.generate_options())?))
    }

    /// Records of the answers that were given over this data.
    pub(crate) fn records(&self) -> Records {
        let folder = self.config.paths.data.join("answers");
        Records::new(&folder, self.config.answer.keep_days)
    }

    pub(crate) fn prompts(&self) -> anyhow::Result<Arc<Prompts>> {
        Ok(Arc::new(Prompts::load(&self.config.paths.prompts)?))
    }

    /// The version that serves; without one, says how to make one.
    pub(crate) fn current(&self) -> anyhow::Result<String> {
        self.versions.current()?.ok_or_else(|| {
            anyhow!(infer::Error::Load {
                model: "corpus".into(),
                why: "there is no corpus version yet; run `khue ingest corpora`".into(),
            })
        })
    }

    pub(crate) fn library(&self, id: &str) -> anyhow::Result<Library> {
        ingest::load(&self.versions.folder(id).join("library"))
            .with_context(|| format!("version {id} cannot be read"))
    }

    /// Opens a version's library and indexes.
    pub(crate) fn open(
        &self,
        id: &str,
        embedder: &Embedder,
    ) -> anyhow::Result<(Manifest, Arc<Library>, Search)> {
        let manifest = self.versions.manifest(id)?;
        let library = Arc::new(self.library(id)?);
        let folder = self.versions.folder(id).join("index");
        let search = Search::open(
            &folder,
            id,
            Arc::clone(&library),
            embedder.clone(),
            self.config.search_options(),
        )?;
        Ok((manifest, library, search))
    }

    /// Collections that a profile may see, with the groups of whoever it is: those of which every source is open to
    /// one of these names; `None` when that is all.
    pub(crate) fn open_to(manifest: &Manifest, names: &[impl AsRef<str>]) -> Option<Vec<String>> {
        let named = |it: &String| names.iter().any(|name| name.as_ref() == it);
        let sees = |profiles: &[String]| profiles.is_empty() || profiles.iter().any(named);
        let closed: Vec<&str> = manifest
            .sources
            .iter()
            .filter(|source| !sees(&source.profiles))
            .map(|source| source.corpus.as_str())
            .collect();
        if closed.is_empty() {
            return None;
        }
        let mut corpora: Vec<String> = manifest
            .sources
            .iter()
            .filter(|source| !closed.contains(&source.corpus.as_str()))
            .map(|source| source.corpus.clone())
            .collect();
        corpora.sort();
        corpora.dedup();
        // Empty would mean all: a name that no collection has lets nothing through.
        if corpora.is_empty() {
            corpora.push(String::new());
        }
        Some(corpora)
    }
}

impl App {
    /// Loads the models; the corpus is opened by [`App::refresh`].
    pub(crate) fn load(setup: Setup, generate: bool) -> anyhow::Result<App> {
        let prompts = setup.prompts()?;
        // Tokenizers take longest, each on one core.
        let (embedder, generator) = std::thread::scope(|scope| {
            let embedder = scope.spawn(|| setup.embedder());
            let generator = if generate { setup.generator() } else { Ok(None) };
            let embedder = embedder.join().map_err(|_| anyhow!("loading the embedder failed"));
            anyhow::Ok((embedder??, generator?))
        })?;
        if let Some(generator) = &generator {
            // The system text of each profile is read now, not by the first who asks.
            let systems = setup.config.profiles.keys().filter_map(|name| prompts.system(name));
            systems.for_each(|system| generator.prime(system));
        }
        Ok(App::with(setup, prompts, embedder, generator))
    }

    /// An app around models that are already there: real or fake.
    pub(crate) fn with(
        setup: Setup,
        prompts: Arc<Prompts>,
        embedder: Embedder,
        generator: Option<Generator>,
    ) -> App {
        let streams = Arc::new(Semaphore::new(setup.config.serve.requests));
        let corpus = Arc::new(ArcSwapOption::empty());
        let decisions = Decisions::new(&setup.config.paths.data);
        let records = setup.records();
        // The settings were read with them.
        let origins = Arc::new(setup.config.origins().unwrap_or_default());
        App {
            setup,
            prompts,
            embedder,
            generator,
            corpus,
            decisions,
            records,
            chat: None,
            channels: Channels::default(),
            keys: Keys::default(),
            people: None,
            provider: None,
            jobs: Jobs::default(),
            evaluation: Evaluation::default(),
            counts: Counts::default(),
            origins,
            streams,
        }
    }

    /// The same app with its conversations, which follow corpus and decisions.
    pub(crate) async fn with_chat(mut self) -> anyhow::Result<App> {
        let options = self.setup.config.chat_options()?;
        let app = self.clone();
        let assistants: Assistants = Arc::new(move |name| {
            let corpus = app.corpus.load_full()?;
            match signed_groups(name) {
                Some(groups) => app.signed(&corpus, &groups),
                None => Some(app.steered(corpus.callers.get(name)?)),
            }
        });
        self.chat = Some(Chat::open(options, assistants).await?);
        Ok(self)
    }

    /// The same app with those who sign in.
    pub(crate) async fn with_people(mut self, secrets: Secrets<'_>) -> anyhow::Result<App> {
        let config = &self.setup.config;
        self.people = Some(People::open(config.people_options()?).await?);
        self.provider =
            config.provider(secrets("KHUE_OIDC_SECRET")).map(|it| Arc::new(Provider::new(it)));
        Ok(self)
    }

    /// The assistant of officers who have signed in, and read the internal documents of their groups.
    pub(crate) fn signed(&self, corpus: &Corpus, groups: &[&str]) -> Option<Assistant> {
        let profile = self.signed_profile(corpus, groups)?;
        let standard = corpus.assistants.get(&profile.name)?;
        // Made anew where a group opens more than everybody in the office sees.
        let assistant = standard.seeing(profile);
        Some(self.steered(&assistant))
    }

    /// What they see.
    pub(crate) fn signed_profile(&self, corpus: &Corpus, groups: &[&str]) -> Option<Profile> {
        let mut names = vec!["staff".to_owned()];
        names.extend(groups.iter().map(|group| format!("{GROUP}{group}")));
        self.setup.config.profile("staff", Setup::open_to(&corpus.manifest, &names))
    }

    /// The same app with its channels.
    pub(crate) fn with_channels(
        mut self,
        renew: Renew,
        secrets: Secrets<'_>,
    ) -> anyhow::Result<App> {
        let chat = self.chat.clone().context("channels need conversations")?;
        let prompts = Arc::clone(&self.prompts);
        let say: Say = Arc::new(move |key, values| prompts.say(key, values));
        self.channels = Channels::open(&self.setup.config, &chat, &say, renew, secrets)?;
        if let Some(people) = self.people.clone()
            && let Some(cases) = cases(&self.setup.config, people, secrets)?
        {
            chat.looks_up_cases(cases);
        }
        Ok(self)
    }

    /// An assistant under what people have decided at present.
    pub(crate) fn steered(&self, assistant: &Assistant) -> Assistant {
        let decided = self.decisions.now();
        assistant.under(&decided.control, &decided.id)
    }

    /// Keeps the record of an answer, beside everything else. That it cannot be kept is told in the log and costs nobody
    /// the answer. `called`: over HTTP.
    pub(crate) fn keep(&self, answer: &Given, called: bool) -> JoinHandle<()> {
        let (records, record) = (self.records.clone(), answer.record(called, now()));
        tokio::task::spawn_blocking(move || {
            if let Err(error) = records.keep(&record) {
                tracing::error!("the record of an answer is lost: {error}");
            }
        })
    }

    /// What people have decided.
    pub(crate) fn control(&self) -> Arc<Control> {
        Arc::clone(&self.decisions.now().control)
    }

    /// Opens the current version if it is not the one in memory. Returns whether it changed.
    pub(crate) fn refresh(&self) -> anyhow::Result<bool> {
        let id = self.setup.current()?;
        if self.corpus.load().is_none() {
            // Nothing is answered before it is known what must not be.
            self.decisions.refresh()?;
        }
        if self.corpus.load().as_ref().is_some_and(|corpus| corpus.manifest.id == id) {
            return Ok(false);
        }
        let corpus = self.open(&id)?;
        self.corpus.store(Some(Arc::new(corpus)));
        Ok(true)
    }

    /// Opens a corpus version.
    pub(crate) fn open(&self, id: &str) -> anyhow::Result<Corpus> {
        let (manifest, library, search) = self.setup.open(id, &self.embedder)?;
        let settings = self.setup.config.id();
        let (mut assistants, mut callers) = (BTreeMap::new(), BTreeMap::new());
        let config = &self.setup.config;
        let open_to = |name: &str| Setup::open_to(&manifest, &[name]);
        for name in config.profiles.keys() {
            for (profile, list) in [
                (config.profile(name, open_to(name)), &mut assistants),
                (config.caller(name, open_to), &mut callers),
            ] {
                let Some(profile) = profile else { continue };
                let (generator, prompts) = (self.generator.clone(), Arc::clone(&self.prompts));
                let assistant = Assistant::new(profile, search.clone(), id, generator, prompts);
                list.insert(name.clone(), assistant.with_settings(&settings));
            }
        }
        Ok(Corpus { manifest, library, search, assistants, callers })
    }

    pub(crate) fn corpus(&self) -> anyhow::Result<Arc<Corpus>> {
        self.corpus.load_full().ok_or_else(|| anyhow!("no corpus version is open yet"))
    }
}

/// Before the name of a group among the names of those who see a collection: `group:so-tu-phap`.
pub(crate) const GROUP: &str = "group:";

/// The profile of a conversation of somebody who has signed in: it carries the groups, so that an answer in it sees
/// what they see, and no name that a caller may give.
pub(crate) fn signed_name(person: &Person) -> String {
    format!("@staff+{}", person.groups.join("+"))
}

/// The groups of such a name.
fn signed_groups(name: &str) -> Option<Vec<&str>> {
    let groups = name.strip_prefix("@staff+")?;
    Some(groups.split('+').filter(|it| !it.is_empty()).collect())
}
